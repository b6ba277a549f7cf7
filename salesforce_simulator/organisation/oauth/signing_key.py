"""The key that the organisation signs id tokens with; it is made when it is first needed."""

import hashlib
import threading
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from salesforce_simulator.organisation.settings import Settings

_SETTING = "id_token_key"
_BITS = 2048


def new_rsa_key() -> rsa.RSAPrivateKey:
    """Return a new private key, as strong as Salesforce asks for."""
    return rsa.generate_private_key(public_exponent=65537, key_size=_BITS)


def private_pem(key: rsa.RSAPrivateKey) -> str:
    """Return a private key as PEM, without a passphrase."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


class SigningKey:
    """Signs claims, and publishes what is needed to verify them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()

    def sign(self, claims: dict[str, Any]) -> str:
        """Return a signed token (RS256) whose header names the key."""
        key = self._key()
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": _key_id(key)})

    def published(self) -> dict[str, Any]:
        """Return the JSON Web Key Set."""
        key = self._key()
        public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        members = {name: public[name] for name in ("kty", "n", "e")}
        return {"keys": [{**members, "use": "sig", "alg": "RS256", "kid": _key_id(key)}]}

    def _key(self) -> rsa.RSAPrivateKey:
        with self._lock:
            pem = self._settings.get(_SETTING)
            if pem is None:
                pem = private_pem(new_rsa_key())
                self._settings.put(_SETTING, pem)
        key = serialization.load_pem_private_key(pem.encode(), None)
        assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - it was made right here
        return key


def _key_id(key: rsa.RSAPrivateKey) -> str:
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(public).hexdigest()[:16]
