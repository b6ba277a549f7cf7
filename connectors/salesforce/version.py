"""The API version that every call uses, pinned in one place.

64.0 (Summer '25) is the last version whose SOAP API has ``login()``; from 65.0
on, signing in with a password and a security token does not exist.
"""

API_VERSION = "64.0"
