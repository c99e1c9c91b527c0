"""The public keys that tokens are checked with."""

from __future__ import annotations

import base64
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from mlplatform.api.deps import PlatformDep

router = APIRouter(prefix="/keys", tags=["keys"])


class Jwk(BaseModel):
    """RFC 8037."""

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    alg: Literal["EdDSA"] = "EdDSA"
    use: Literal["sig"] = "sig"
    kid: str
    x: str


class Jwks(BaseModel):
    """RFC 7517."""

    keys: list[Jwk]


@router.get("")
async def list_keys(platform: PlatformDep) -> Jwks:
    """The public keys that verify tokens, the one that signs last. For everybody."""
    known = platform.keyring.known()
    return Jwks(keys=[Jwk(kid=k.kid, x=base64.urlsafe_b64encode(k.raw).rstrip(b"=").decode()) for k in known])
