"""The command line of the desk: `jieda agent`."""

from __future__ import annotations

import getpass
import sys
from datetime import datetime, timezone

import typer

from jieda.agents import Role
from jieda.policy import Language
from jieda.settings import settings
from jieda.store import agent_book, audit_log
from jieda.store.database import migrate

agent_app = typer.Typer(no_args_is_help=True, help="The agents of the desk.")
_COMMAND_LINE = "command line"
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


def _password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\r\n")


def _now() -> datetime:
    return datetime.now(timezone.utc)
