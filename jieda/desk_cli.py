"""The command line of the desk: `jieda agent`, `jieda review`, `jieda erase`, `jieda retain`."""

from __future__ import annotations

import getpass
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import typer

from jieda.agents import Role
from jieda.contact import parse_email, parse_phone
from jieda.policy import Language
from jieda.settings import PROJECT, settings
from jieda.store import agent_book, audit_log, erasure, ledger, review_book
from jieda.store.database import migrate

agent_app = typer.Typer(no_args_is_help=True, help="The agents of the desk.")
review_app = typer.Typer(no_args_is_help=True, help="What agents said of the bot's understanding.")
_COMMAND_LINE = "command line"
_COUNTED_MOST = 1_000_000
_ROLE = typer.Option(Role.AGENT, help="What the agent may.")
_LANGUAGE = typer.Option(Language.ZH, help="The language of the desk for this agent.")


@agent_app.command("add")
def add(
    name: str,
    role: Role = _ROLE,
    language: Language = _LANGUAGE,
) -> None:
    """Make an account; the password is read from standard input."""
    migrate(settings().database_url)
    made = agent_book().add(name, role, _password(), at=_now(), language=language)
    audit_log().record(_COMMAND_LINE, "agent_added", at=_now(), subject=made.name, detail=made.role.value)
    typer.echo(f"{made.name} is {made.role.value}.")


@agent_app.command("list")
def listed() -> None:
    """List the agents."""
    migrate(settings().database_url)
    for agent in agent_book().all():
        state = "disabled" if agent.disabled_at else "on duty" if agent.takes_conversations(_now()) else "-"
        seen = f"seen {agent.seen_at:%Y-%m-%d %H:%M} UTC" if agent.seen_at else "never seen"
        typer.echo(f"{agent.name}  {agent.role.value}  {agent.language.value}  {state}  {seen}")


@agent_app.command("disable")
def disable(name: str) -> None:
    """Sign an agent out and let them in no more."""
    migrate(settings().database_url)
    agent_book().disable(name, at=_now())
    audit_log().record(_COMMAND_LINE, "agent_disabled", at=_now(), subject=name)


@agent_app.command("enable")
def enable(name: str) -> None:
    """Let a disabled or locked agent in again."""
    migrate(settings().database_url)
    agent_book().enable(name)
    audit_log().record(_COMMAND_LINE, "agent_enabled", at=_now(), subject=name)


@agent_app.command("password")
def password(name: str) -> None:
    """Set a new password, read from standard input; the agent is signed out everywhere."""
    migrate(settings().database_url)
    agent_book().set_password(name, _password())
    audit_log().record(_COMMAND_LINE, "agent_password_set", at=_now(), subject=name)


@review_app.command("export")
def export(
    out: str = typer.Option("", help="The file to write; without it the diff is printed."),
    again: bool = typer.Option(False, help="What was exported before as well."),
    keep: bool = typer.Option(False, help="Leave what is printed in the worklist."),
) -> None:
    """Write reviewed messages as a diff against data/nlu, for `git apply` and a person's look."""
    # Loads much of what understanding needs; other commands do without.
    from jieda.nlu.review_patch import review_patch

    migrate(settings().database_url)
    patch = review_patch(review_book().ready(again), PROJECT)
    if out:
        Path(out).write_text(patch.diff, encoding="utf-8")
    else:
        typer.echo(patch.diff, nl=False)
    for each in patch.refused:
        typer.echo(f"left out: {each.message.conversation_id} message {each.message.seq}: {each.why}", err=True)
    typer.echo(f"{len(patch.taken)} messages to add, {len(patch.refused)} left out", err=True)
    if not keep:
        review_book().mark_exported(patch.taken, at=_now())
    audit_log().record(_COMMAND_LINE, "reviews_exported", at=_now(), detail=f"{len(patch.taken)} messages")


def erase(
    conversation: str = typer.Option("", help="The id of one conversation."),
    phone: str = typer.Option("", help="A telephone number: every conversation in which it was given."),
    email: str = typer.Option("", help="An e-mail address: every conversation in which it was given."),
    yes: bool = typer.Option(False, "--yes", help="Do it; without this, what would be erased is listed."),
) -> None:
    """Forget a customer: what they said and who they are. What stays is told in docs/personal-data.md."""
    if sum(map(bool, (conversation, phone, email))) != 1:
        raise typer.BadParameter("give one of --conversation, --phone, --email")
    migrate(settings().database_url)
    if conversation:
        found = [ledger().conversation(conversation).id]
    elif phone:
        found = erasure().conversations_of(phone=parse_phone(phone))
    else:
        found = erasure().conversations_of(email=parse_email(email))
    if not yes:
        typer.echo("\n".join([*found, f"{len(found)} conversations; --yes erases them"]))
        return
    erased = erasure().erase(found, at=_now(), actor=_COMMAND_LINE, reason="asked for")
    typer.echo(f"{erased} conversations erased, {len(found) - erased} had been before.")


def retain(
    days: int = typer.Option(0, min=0, help="Age from the last event on; without it JIEDA_RETENTION_DAYS."),
    yes: bool = typer.Option(False, "--yes", help="Do it; without this, what would be erased is counted."),
) -> None:
    """Forget conversations that are older than they may be kept; not where a case is still open."""
    days = days or settings().retention_days
    if not days:
        raise typer.BadParameter("give --days, or set JIEDA_RETENTION_DAYS")
    migrate(settings().database_url)
    before, erased = _now() - timedelta(days=days), 0
    if not yes:
        count = len(erasure().older_than(before, limit=_COUNTED_MOST))
        typer.echo(f"{count} conversations are older than {days} days; --yes erases them")
        return
    while found := erasure().older_than(before):
        erased += erasure().erase(found, at=_now(), actor=_COMMAND_LINE, reason=f"older than {days} days")
    typer.echo(f"{erased} conversations erased.")


def _password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\r\n")


def _now() -> datetime:
    return datetime.now(timezone.utc)
