"""How django-allauth behaves here: nobody signs up alone, second factors are stored encrypted."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from acton_connector.accounts.encryption import decrypt, encrypt

# allauth hands over a text without its row, so a second factor is bound to its purpose alone.
SECOND_FACTOR = "mfa.authenticator"


class InvitationOnlyAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Tells allauth that nobody signs up by themselves (`views.accept_invitation` lets them in)."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Return False, always."""
        return False


class EncryptedSecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """Keeps the seeds of authenticator apps and recovery codes as ciphertext."""

    def encrypt(self, text: str) -> str:
        """Return what is stored."""
        return encrypt(text, SECOND_FACTOR)

    def decrypt(self, encrypted_text: str) -> str:
        """Return what was stored; raise DecryptionError when it does not open."""
        return decrypt(encrypted_text, SECOND_FACTOR)
