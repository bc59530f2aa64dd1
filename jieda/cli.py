"""The command line: `jieda`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import typer

from jieda.agents import AgentError
from jieda.cases import Case
from jieda.clock import ClockError, clock
from jieda.contact import ContactError, mask_email, mask_name, mask_phone
from jieda.conversations import ConversationUnknown, MessageEvent
from jieda.desk_cli import agent_app, erase, retain, review_app
from jieda.doctor import examine
from jieda.logs import configure
from jieda.model import MessagesWrong, TrainingFailed, check_messages, present_model, train
from jieda.policy import PolicyError, policy
from jieda.settings import SettingError, settings
from jieda.store import case_book, ledger
from jieda.store.database import migrate
from jieda.supervisor import CannotStart, Supervisor, check_ports
from jieda.wechat_cli import app as wechat
from jieda.wechat_settings import WeChatSettingError, wechat_settings

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Jieda (接答): support for the customer engagement apps."
)
app.add_typer(agent_app, name="agent")
app.add_typer(review_app, name="review")
app.command("erase")(erase)
app.command("retain")(retain)
app.add_typer(wechat, name="wechat")


@app.command("serve")
def serve() -> None:
    """Migrate, train when there is no model for the present data, and run gateway, Rasa and actions."""
    configure(settings().log_level)
    check_ports(settings())
    policy()
    wechat_settings()
    if clock().shifted:
        typer.echo(f"Warning: JIEDA_POLICY_NOW is set; support hours take {clock().now():%Y-%m-%d %H:%M} for now.")
    migrate(settings().database_url)
    _train_if_needed()
    raise typer.Exit(Supervisor(settings(), present_model()).run())


@app.command("train")
def train_model() -> None:
    """Check the messages and train the model, unless there is one for the present data."""
    if present_model().exists():
        check_messages()
    _train_if_needed()
    typer.echo(f"{present_model()}")


@app.command("migrate")
def migrate_database() -> None:
    """Bring the database up to the present tables."""
    migrate(settings().database_url)


@app.command("transcript")
def transcript(conversation_id: str, as_json: bool = typer.Option(False, "--json", help="One event a line.")) -> None:
    """Print a conversation."""
    after = 0
    ledger().conversation(conversation_id)
    while page := ledger().events(conversation_id, after):
        for event in page:
            after = event.seq
            if isinstance(event, MessageEvent):
                who, text = event.author.value, event.text
                buttons = "".join(f"\n    [{choice.title}]" for choice in event.choices)
            else:
                who, text, buttons = "—", f"{event.owner.value} {event.agent or ''}".strip(), ""
            if as_json:
                typer.echo(json.dumps({"seq": event.seq, "author": who, "text": text}, ensure_ascii=False))
            else:
                typer.echo(f"{event.at.astimezone(clock().now().tzinfo):%Y-%m-%d %H:%M:%S} {who}: {text}{buttons}")


@app.command("cases")
def cases(
    limit: int = typer.Option(50, min=1, help="How many of the newest."),
    reveal: bool = typer.Option(False, help="Show names, telephone numbers and e-mail addresses whole."),
) -> None:
    """List the newest cases; personal data is masked."""
    for case in case_book().all(limit):
        typer.echo(_case_line(case, reveal))


@app.command("doctor")
def doctor() -> None:
    """Check versions, ports, model, policy, database and holiday coverage."""
    findings = examine(settings())
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.fine else 'FAIL'} {finding.subject}: {finding.found}")
    raise typer.Exit(0 if all(finding.fine for finding in findings) else 1)


def _case_line(case: Case, reveal: bool) -> str:
    def shown(value: str | None, mask: Callable[[str], str]) -> str:
        return "-" if value is None else value if reveal else mask(value)

    request = case.request
    parts = (
        case.number,
        case.status.value,
        request.category.value,
        request.severity.value,
        f"opened {case.opened_at.astimezone(clock().now().tzinfo):%Y-%m-%d %H:%M}",
        f"due {case.due_at.astimezone(clock().now().tzinfo):%Y-%m-%d %H:%M}",
        request.affected_app or "-",
        shown(request.contact_name, mask_name),
        request.company,
        shown(request.contact_phone, mask_phone),
        shown(request.contact_email, mask_email),
        request.conversation_id,
    )
    return "  ".join(parts)


def _train_if_needed() -> None:
    if present_model().exists():
        return
    log = settings().home / "log" / "train.log"
    typer.echo(f"Training the model (a few minutes; {log}) …")
    train(log)


def main() -> None:
    """The entry point: what is wrong is told in one line."""
    try:
        app()
    except AgentError as error:
        sys.exit(f"jieda: {(type(error).__doc__ or '').splitlines()[0]} ({error.code}: {error})")
    except ConversationUnknown as error:
        sys.exit(f"jieda: there is no conversation {error}")
    except ContactError as error:
        sys.exit(f"jieda: not a telephone number or e-mail address ({error})")
    except (
        CannotStart,
        ClockError,
        MessagesWrong,
        PolicyError,
        SettingError,
        TrainingFailed,
        WeChatSettingError,
    ) as error:
        sys.exit(f"jieda: {error}")


if __name__ == "__main__":
    main()
