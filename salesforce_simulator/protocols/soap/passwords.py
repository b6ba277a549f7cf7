"""setPassword() and changeOwnPassword(): all that a session of an expired password may call."""

from aiohttp import web

from salesforce_simulator.organisation.ids import normalise_id
from salesforce_simulator.organisation.passwords import change_own_password, set_password
from salesforce_simulator.organisation.session import Session
from salesforce_simulator.protocols.gate import admit
from salesforce_simulator.protocols.soap.envelope import Call
from salesforce_simulator.transport.context import in_thread, organisation


async def set_user_password(request: web.Request, soap_call: Call) -> dict[str, object]:
    """Give the user of ``userId`` a new password."""
    org = organisation(request)
    session = await _session(request, soap_call)
    given = soap_call.parameters
    await in_thread(
        request,
        set_password,
        org.users,
        session,
        normalise_id(given.get("userId", "")) or "",
        given.get("password", ""),
        manages_users=org.permits(session, "ManageUsers"),
    )
    return {}


async def change_password(request: web.Request, soap_call: Call) -> dict[str, object]:
    """Change one's own password from ``oldPassword`` to ``newPassword``."""
    session = await _session(request, soap_call)
    given = soap_call.parameters
    await in_thread(
        request,
        change_own_password,
        organisation(request).users,
        session,
        given.get("oldPassword", ""),
        given.get("newPassword", ""),
    )
    return {}


async def _session(request: web.Request, soap_call: Call) -> Session:
    return await admit(request, soap_call.session_id or "", even_expired_password=True)
