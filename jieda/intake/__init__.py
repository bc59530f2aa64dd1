"""What customers tell of their case, message by message: pure functions from what was understood to slots."""

from jieda.intake.message import (
    CATEGORIES,
    ENDS,
    PERSONAL,
    SERIOUS,
    Aspect,
    Cue,
    Known,
    Mention,
    Message,
    meant,
    reads_like_name,
    tells_enough,
)
from jieda.intake.open_case import ASKED, WISHES
from jieda.intake.reading import needed, read

__all__ = [
    "ASKED",
    "CATEGORIES",
    "ENDS",
    "PERSONAL",
    "SERIOUS",
    "WISHES",
    "Aspect",
    "Cue",
    "Known",
    "Mention",
    "Message",
    "meant",
    "needed",
    "read",
    "reads_like_name",
    "tells_enough",
]
