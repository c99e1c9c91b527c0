"""Users, and signing in: name and password against a short-lived token and a refresh token, which is good once.

Of secrets the database has hashes only: argon2id of passwords; SHA-256 of refresh and invitation tokens, which are 256 random bits.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import cast

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from mlplatform import passwords, policy
from mlplatform.core import audit, pages
from mlplatform.core.pages import Page, Want
from mlplatform.core.platform import Platform
from mlplatform.errors import Problem, conflict, not_found
from mlplatform.ids import new_id
from mlplatform.models.base import Text
from mlplatform.models.user import Invitation, Tokens, UserRequest, UserView
from mlplatform.storage.tables import RefreshToken, User
from mlplatform.tokens import Caller, Role

ACCESS_TTL = timedelta(minutes=15)
REFRESH_TTL = timedelta(hours=12)
"""From its last use on: a working day."""
INVITATION_TTL = timedelta(days=3)
USER = Text(en="user", zh="用户")
_WRONG = Text(en="Wrong name or password.", zh="用户名或密码错误。")
_OVER = Text(en="Sign in again.", zh="请重新登录。")


async def add(platform: Platform, caller: Caller, request: UserRequest) -> Invitation:
    """A user without a password yet, and the token to set one.

    Raises:
        Problem: 403, or 409 for a name that is taken.
    """
    policy.require_platform(caller, "manage_users")
    try:
        async with platform.database.transaction() as session:
            user = User(name=request.name, role=request.role, disabled=False, created_at=datetime.now(UTC))
            session.add(user)
            invitation = _invite(user)
            audit.record(session, f"user {user.name}: {user.role}")
    except IntegrityError as error:
        raise conflict("name_taken", Text(en="There is such a user.", zh="该用户已存在。"), request.name) from error
    return invitation


async def list_page(platform: Platform, caller: Caller, want: Want) -> Page[UserView]:
    """By name.

    Raises:
        Problem: 403.
    """
    policy.require_platform(caller, "manage_users")
    async with platform.database.transaction() as session:
        return (await pages.read(session, select(User), User.name, want)).map(_view)


async def reset(platform: Platform, caller: Caller, name: str) -> Invitation:
    """Take a user's password away, and a token to set a new one.

    Raises:
        Problem: 403, 404.
    """
    policy.require_platform(caller, "manage_users")
    async with platform.database.transaction() as session:
        user = await _existing(session, name)
        user.password_hash = None
        await _sign_out(session, name)
        audit.record(session, f"user {name}: password taken away")
        return _invite(user)


async def set_disabled(platform: Platform, caller: Caller, name: str, disabled: bool) -> UserView:
    """Disable a user, or let one in again. A disabled one's tokens are refused from the next request on.

    Raises:
        Problem: 403, 404.
    """
    policy.require_platform(caller, "manage_users")
    async with platform.database.transaction() as session:
        user = await _existing(session, name)
        user.disabled = disabled
        if disabled:
            await _sign_out(session, name)
        audit.record(session, f"user {name}: {'disabled' if disabled else 'enabled'}")
        return _view(user)


async def set_password(platform: Platform, name: str, token: str, password: str) -> None:
    """Set a password by an invitation, which is used up.

    Raises:
        Problem: 401 for a wrong, used or old invitation; 422 for a password against the rules.
    """
    passwords.check_rules(name, password)
    digest = _digest(token)
    refused = Problem(401, "invitation", Text(en="The invitation is not good any more.", zh="邀请已失效。"))
    good = (
        User.name == name,
        User.invitation == digest,
        User.invited_until > datetime.now(UTC),
        User.disabled.is_(False),
    )
    async with platform.database.transaction() as session:
        if await session.scalar(select(User.name).where(*good)) is None:
            raise refused
    stored = await passwords.hashed(password)
    async with platform.database.transaction() as session:
        taken = update(User).where(*good).values(password_hash=stored, invitation=None, invited_until=None)
        if not (await session.execute(taken.returning(User.name))).all():
            raise refused
        await _sign_out(session, name)
        audit.record(session, f"user {name}: password set")


async def change_password(platform: Platform, caller: Caller, old: str, new: str) -> None:
    """Change one's own password; ends all that is signed in by the old one.

    Raises:
        Problem: 403 for a wrong old password, 422 for a new one against the rules.
    """
    passwords.check_rules(caller.subject, new)
    async with platform.database.transaction() as session:
        user = await session.get(User, caller.subject)
    stored = user.password_hash if user else None
    if not await passwords.matches(stored, old):
        raise Problem(403, "wrong_password", Text(en="The old password is wrong.", zh="原密码错误。"))
    fresh = await passwords.hashed(new)
    async with platform.database.transaction() as session:
        changed = (
            update(User).where(User.name == caller.subject, User.password_hash == stored).values(password_hash=fresh)
        )
        if not (await session.execute(changed.returning(User.name))).all():
            raise conflict("changed", Text(en="The password was changed meanwhile.", zh="密码已被更改。"))
        await _sign_out(session, caller.subject)
        audit.record(session, f"user {caller.subject}: password changed")


async def login(platform: Platform, name: str, password: str) -> Tokens:
    """Tokens for a name and a password. An unknown name, a wrong password and a disabled user get the same answer in the same time.

    Raises:
        Problem: 401.
    """
    async with platform.database.transaction() as session:
        user = await session.get(User, name)
    stored = user.password_hash if user and not user.disabled else None
    if not await passwords.matches(stored, password):
        raise Problem(401, "wrong_login", _WRONG)
    assert stored
    fresh = await passwords.hashed(password) if passwords.outdated(stored) else stored
    async with platform.database.transaction() as session:
        still = update(User).where(User.name == name, User.password_hash == stored, User.disabled.is_(False))
        if not (await session.execute(still.values(password_hash=fresh).returning(User.name))).all():
            raise Problem(401, "wrong_login", _WRONG)
        await session.execute(delete(RefreshToken).where(RefreshToken.expires < datetime.now(UTC)))
        audit.record(session, f"user {name}")
        return _tokens(platform, session, await _existing(session, name), new_id())


async def refresh(platform: Platform, token: str) -> Tokens:
    """New tokens for a refresh token. One that comes a second time was stolen from its user or by it: its whole family ends.

    Raises:
        Problem: 401.
    """
    over = Problem(401, "signed_out", _OVER)
    now = datetime.now(UTC)
    async with platform.database.transaction() as session:
        row = await session.get(RefreshToken, _digest(token))
        if row is None or row.expires < now:
            raise over
        audit.recognise(row.subject, "refresh_tokens")
        used = (
            update(RefreshToken)
            .where(RefreshToken.digest == row.digest, RefreshToken.used.is_(False))
            .values(used=True)
        )
        fresh = bool((await session.execute(used.returning(RefreshToken.digest))).all())
        user = await _existing(session, row.subject)
        if fresh and not user.disabled:
            audit.record(session, f"user {user.name}")
            return _tokens(platform, session, user, row.family)
        await session.execute(delete(RefreshToken).where(RefreshToken.family == row.family))
    raise over if fresh else Problem(401, "token_reused", _OVER, "the refresh token was used before")


async def logout(platform: Platform, token: str) -> None:
    """End what was signed in with this refresh token. Unknown ones have ended already."""
    async with platform.database.transaction() as session:
        row = await session.get(RefreshToken, _digest(token))
        if row is not None:
            audit.recognise(row.subject, "sign_out")
            await session.execute(delete(RefreshToken).where(RefreshToken.family == row.family))
            audit.record(session, f"user {row.subject}")


async def _existing(session: AsyncSession, name: str) -> User:
    user: User | None = await session.get(User, name)
    if user is None:
        raise not_found(USER, name)
    return user


async def _sign_out(session: AsyncSession, name: str) -> None:
    await session.execute(delete(RefreshToken).where(RefreshToken.subject == name))


def _invite(user: User) -> Invitation:
    token = secrets.token_urlsafe(32)
    user.invitation, user.invited_until = _digest(token), datetime.now(UTC) + INVITATION_TTL
    return Invitation(name=user.name, token=token, expires_at=user.invited_until)


def _tokens(platform: Platform, session: AsyncSession, user: User, family: str) -> Tokens:
    token = secrets.token_urlsafe(32)
    expires = datetime.now(UTC) + REFRESH_TTL
    session.add(RefreshToken(digest=_digest(token), family=family, subject=user.name, expires=expires, used=False))
    seconds = int(ACCESS_TTL.total_seconds())
    access = platform.keyring.issue_caller(Caller(user.name, cast(Role, user.role)), seconds)
    return Tokens(access_token=access, expires_in=seconds, refresh_token=token)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _view(user: User) -> UserView:
    return UserView(
        name=user.name,
        role=user.role,
        disabled=user.disabled,
        has_password=user.password_hash is not None,
        created_at=user.created_at,
    )
