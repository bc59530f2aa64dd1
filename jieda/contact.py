"""Contact details out of text as customers write it, in Chinese or English.

What is found is given in one form (e-mail with its domain in lower case; telephone E.164, an extension as `;ext=`)
and with its place in the raw text. Numbers without a country code are Chinese. No wording for customers lives here.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from enum import Enum

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult


class ContactProblem(str, Enum):
    """What is wrong with an answer that should hold an e-mail address or a telephone number."""

    MISSING_AT = "missing_at"
    BAD_LOCAL = "bad_local"
    BAD_DOMAIN = "bad_domain"
    NOT_A_NUMBER = "not_a_number"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    INVALID = "invalid"


class ContactError(ValueError):
    """An answer holds no usable contact detail; `code` says why. The text itself is personal and stays out of it."""

    def __init__(self, code: ContactProblem) -> None:
        super().__init__(code.value)
        self.code = code


@dataclass(frozen=True)
class Found:
    """A contact detail and where it stands: `text[start:end]` of the raw text."""

    value: str
    start: int
    end: int


# --- E-mail

# A word before "@" is read as a whole, so that scanning stays linear and an over-long one is not cut to fit.
_LOCAL = r"(?<![A-Za-z0-9._%+'&~-])[A-Za-z0-9._%+'&~-]+"
_EMAIL = re.compile(rf"(?P<local>{_LOCAL})@(?P<domain>[A-Za-z0-9.-]+)")
_AROUND_AT = re.compile(rf"(?P<local>{_LOCAL}|)@(?P<domain>[A-Za-z0-9.-]*)")
_LOCAL_MAX = 64  # RFC 5321, 4.5.3.1.1
_EMAIL_MAX = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets


def find_emails(text: str) -> list[Found]:
    """Every valid e-mail address (ASCII; syntax only, no look-up), in order."""
    found: list[Found] = []
    folded = _fold(text)
    if "@" not in folded:
        return found
    for match in _EMAIL.finditer(folded):
        local, domain = match["local"].lstrip(".%+'&~-"), match["domain"].rstrip(".-")
        if value := _email(local, domain):
            end = match.start("domain") + len(domain)
            found.append(Found(value, match.end("local") - len(local), end))
    return found


def parse_email(text: str) -> str:
    """The e-mail address in an answer; of several, the first. Words around it do not matter.

    Raises ContactError: MISSING_AT, BAD_DOMAIN or BAD_LOCAL.
    """
    # Slips of an answer that knows it is an address: blanks around "@", the Chinese full stop for the dot.
    tidy = re.sub(r" {0,3}@ {0,3}", "@", _fold(text))
    tidy = re.sub(r"(?<=[A-Za-z0-9])。(?=[A-Za-z0-9])", ".", tidy)
    for candidate in (text, tidy):
        if found := find_emails(candidate):
            return found[0].value
    around = _AROUND_AT.search(tidy)
    if around is None:
        raise ContactError(ContactProblem.MISSING_AT)
    domain_is_good = _email("a", around["domain"].rstrip(".-")) is not None
    raise ContactError(ContactProblem.BAD_LOCAL if domain_is_good else ContactProblem.BAD_DOMAIN)


def _email(local: str, domain: str) -> str | None:
    if "." not in domain or len(local) > _LOCAL_MAX or len(local) + 1 + len(domain) > _EMAIL_MAX:
        return None
    try:
        address = validate_email(f"{local}@{domain}", check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    return f"{address.local_part}@{address.ascii_domain}"


# --- Telephone

# Groups of digits with what may stand between two groups of one number.
_RUN = re.compile(r"[0-9]+(?:(?: {1,2}| ?-{1,2} ?|\.| ?\( ?| ?\)[ -]?)[0-9]+)*")
_GROUPS = 7  # a French number has six
_MAX_DIGITS = 15  # ITU-T E.164
_LENGTH_PROBLEMS = {
    ValidationResult.TOO_SHORT: ContactProblem.TOO_SHORT,
    ValidationResult.TOO_LONG: ContactProblem.TOO_LONG,
}
_LEAD = re.compile(r"\(?\+ ?\(?\Z|\(\Z")
_CHINESE = re.compile(r"(?:86)?(0?1[3-9][0-9]{9}|[48]00[0-9]{7}|0[1-9][0-9]{8,10})")
_EXTENSION = re.compile(
    r" ?[,;、(]? ?(?:[转轉]?接?(?:分机|分機|内线)号?|[转轉]接?|extension(?: number)?|extn?\.?|x|#)(?: ?[:=是为]| is)? ?"
    r"([0-9]{1,7})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
# Behind a Chinese number a short last group is an extension: 021-61234567-8001.
_DASHED_EXTENSION = re.compile(r"-([0-9]{1,6})(?![0-9A-Za-z]|[.-][0-9])")

# Figures that are something else, whatever they look like.
_NOISE = re.compile(
    r"(?<![0-9a-z])SR ?[0-9]{8}(?:-[0-9a-z]*)?"  # case number
    r"|0x[0-9a-f]+"  # error code
    r"|https?://[!-~]+"
    rf"|{_LOCAL}@(?=[A-Za-z0-9])"
    r"|(?<![0-9+.])[0-9]+(?:\.[0-9]+){3,}"  # IP address, version
    r"|(?<![0-9-])(?:19|20)[0-9]{2}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}(?![0-9])"  # date
    r"|(?<![0-9])[0-9]{1,2}[/.][0-9]{1,2}[/.](?:19|20)[0-9]{2}(?![0-9])"
    r"|(?<![0-9])[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?![0-9])"  # time of day
    r"|(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])",  # GUID
    re.IGNORECASE | re.ASCII,
)
# What stands right before or behind figures that are part of a word, a price, an order or an address.
_PART_BEFORE = re.compile(r"(?:[0-9A-Za-z_@]|[0-9A-Za-z]-|[0-9]\.)\Z")
_PHONE_WORD = re.compile(r"(?:tel|phone|mobile|mob|cell|call|fax|number|whatsapp|wechat)[.-]?\Z", re.IGNORECASE)
_OTHER_LABEL = re.compile(
    r"(?:[$€£¥]|单号|编号|序列号|订单|[账帐]号|发票号?码?|代码|错误码|(?<![A-Za-z])(?:rmb|cny|usd|eur"
    r"|(?:order|invoice|serial|tracking|po)(?: (?:number|no\.?|id))?"
    r"|(?:case|ticket|account|error) (?:number|no\.?|id|code)))[ :#]{0,3}(?:是|为|is)?[ :#]{0,2}\Z",
    re.IGNORECASE,
)
_PART_BEHIND = re.compile(
    r"[0-9A-Za-z_@%]|[.-][0-9]|[.-][0-9A-Za-z._-]{0,64}@|元|美元|美金| ?(?:rmb|cny|usd|eur)(?![a-z])", re.IGNORECASE
)


def find_phones(text: str) -> list[Found]:
    """Every valid telephone number, in order: Chinese ones as written in China, others with "+" or "00".

    Case numbers, dates, IP addresses, prices and the like are passed over, and so is a bare row of digits without
    the shape of a Chinese mobile, an area code with a landline, a 400 or an 800 number.
    """
    folded = _fold(text)
    if not re.search("[0-9]", folded):
        return []
    folded = _without_noise(folded)
    found: list[Found] = []
    for run in _RUN.finditer(folded):
        groups = [(run.start() + group.start(), run.start() + group.end()) for group in re.finditer("[0-9]+", run[0])]
        for i, (start, _) in enumerate(groups):
            if found and start < found[-1].end:
                continue
            if phone := _phone_at(folded, groups[i : i + _GROUPS]):
                found.append(phone)
    return found


def parse_phone(text: str) -> str:
    """The telephone number in an answer; of several, the first. Words around it do not matter.

    Reads more than `find_phones`, for here a number is expected: digits given one by one, an area code without
    its 0. Raises ContactError: NOT_A_NUMBER (no digits), TOO_SHORT, TOO_LONG or INVALID.
    """
    if found := find_phones(text):
        return found[0].value
    folded = _without_noise(_fold(text))
    runs = [(_digits(match[0]), match) for match in re.finditer(r"[0-9][0-9 ,.()/-]*", folded)]
    if not runs:
        raise ContactError(ContactProblem.NOT_A_NUMBER)
    digits, run = max(runs, key=lambda pair: len(pair[0]))
    lead = _LEAD.search(folded, max(0, run.start() - 4), run.start())
    with_code = lead is not None and "+" in lead[0]
    number = _number(digits, with_code)
    if number is None:
        raise ContactError(_phone_problem(digits, with_code))
    extension = _EXTENSION.match(folded, run.start() + len(run[0].rstrip(" ,.()/-")))
    return _canonical(number, extension)


def _phone_at(text: str, groups: list[tuple[int, int]]) -> Found | None:
    """The number that begins with the first of these groups of digits."""
    first, first_end = groups[0]
    lead = _LEAD.search(text, max(0, first - 4), first)
    start = lead.start() if lead else first
    with_code = (lead is not None and "+" in lead[0]) or text[first:first_end] == "86"
    for end in _likely_ends(groups):
        digits = _digits(text[first:end])
        international = with_code or digits.startswith("00")
        chinese = None if international else _CHINESE.fullmatch(digits)
        if not international and (chinese is None or (digits[0] != "0" and text.count(".", first, end) == 1)):
            continue  # no shape of a Chinese number, or a decimal fraction
        number = _number(chinese[1] if chinese else digits, with_code)
        if number is None:
            continue
        extension = _EXTENSION.match(text, end)
        if extension is None and number.country_code == 86:
            extension = _DASHED_EXTENSION.match(text, end)
        if extension is None and _PART_BEHIND.match(text, end):
            continue
        if text[start] == "(" and text.count("(", start, end) > text.count(")", start, end):
            start += 1
        if _is_something_else(text[max(0, start - 32) : start]):
            return None
        end = extension.end() if extension else end
        if extension and "(" in extension[0] and text[end : end + 1] == ")":
            end += 1
        return Found(_canonical(number, extension), start, end)
    return None


def _is_something_else(before: str) -> bool:
    part_of_word = _PART_BEFORE.search(before) and not _PHONE_WORD.search(before)
    return bool(part_of_word or _OTHER_LABEL.search(before))


def _likely_ends(groups: list[tuple[int, int]]) -> list[int]:
    """Where a number may end: after a group long enough to be its last, else the longer the better."""
    ends = [end for _, end in reversed(groups)]
    for i, (start, end) in enumerate(groups):
        if end - start >= (7 if i else 10):
            return [end, *(other for other in ends if other != end)]
    return ends


def _number(digits: str, with_code: bool) -> PhoneNumber | None:
    """The valid number of these digits, which begin with a country code or are dialled from within China."""
    if not 7 <= len(digits) <= _MAX_DIGITS + 2:
        return None
    try:
        number = phonenumbers.parse(f"+{digits}" if with_code else digits, "CN")
    except NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


def _canonical(number: PhoneNumber, extension: re.Match[str] | None) -> str:
    value = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return f"{value};ext={extension[1]}" if extension else value


def _phone_problem(digits: str, with_code: bool) -> ContactProblem:
    """Why these digits are no valid number."""
    if digits.startswith("00"):
        digits, with_code = digits[2:], True
    if not with_code or digits.startswith("86"):
        # Chinese numbers, without the 0 before an area code: a mobile has 11 digits, any other 10 or 11.
        digits = digits.removeprefix("86").lstrip("0")
        shortest, longest = 11 if re.match("1[3-9]", digits) else 10, 11
    else:
        shortest, longest = 7, _MAX_DIGITS
    if len(digits) < shortest:
        return ContactProblem.TOO_SHORT
    if len(digits) > longest:
        return ContactProblem.TOO_LONG
    try:
        number = phonenumbers.parse(f"+{digits}" if with_code else digits, "CN")
    except NumberParseException:
        return ContactProblem.INVALID
    return _LENGTH_PROBLEMS.get(phonenumbers.is_possible_number_with_reason(number), ContactProblem.INVALID)


# --- For logs and lists


def shown_phone(value: str) -> str:
    """A canonical telephone number as people write it: in groups, with "ext." before an extension."""
    number, _, extension = value.partition(";ext=")
    parsed = phonenumbers.parse(number, None)
    if extension:
        parsed.extension = extension
    return phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)


def mask_phone(value: str) -> str:
    """A canonical number with at least four digits hidden: +86138****8000. An extension is hidden whole."""
    number, _, extension = value.partition(";ext=")
    try:
        parsed = phonenumbers.parse(number, None)
    except NumberParseException:
        return "***"
    code = f"+{parsed.country_code}"
    national = number.removeprefix(code)
    tail = min(4, max(0, len(national) - 4))
    head = min(3, max(0, len(national) - 8))
    hidden = "*" * (len(national) - head - tail)
    shown = f"{code}{national[:head]}{hidden}{national[len(national) - tail :]}"
    return f"{shown};ext={'*' * len(extension)}" if extension else shown


def mask_email(value: str) -> str:
    """An address with its first character and its domain: l***@example.com."""
    local, at, domain = value.rpartition("@")
    if not at:
        return "***"
    return f"{local[:1] if len(local) > 1 else ''}***@{domain}"


def mask_name(value: str) -> str:
    """The first character of each word: 李*, G**** H***."""
    return " ".join(word[0] + "*" * (len(word) - 1) if len(word) > 1 else "*" for word in value.split())


# --- Raw text


def _fold(text: str) -> str:
    """The text in plain characters (full-width, dashes, blanks, digits of any script), each in its raw place."""
    return "".join(map(_fold_character, text))


@functools.lru_cache(maxsize=8192)
def _fold_character(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character)
    if len(plain) != 1:
        return character
    if plain.isascii():
        return " " if plain.isspace() and plain not in "\r\n" else plain
    if (digit := unicodedata.decimal(plain, None)) is not None:
        return str(digit)
    category = unicodedata.category(plain)
    if category == "Pd" or plain == "\N{MINUS SIGN}":
        return "-"
    return " " if category in ("Zs", "Cf") else plain


def _without_noise(text: str) -> str:
    return _NOISE.sub(lambda match: "\0" * len(match[0]), text)


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)
