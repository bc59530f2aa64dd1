"""The signature and encryption of WeChat's callbacks (developers.weixin.qq.com, push/encryption).

AES-256-CBC with the key's first 16 bytes for IV; the plaintext is 16 random bytes, four of length, the message, and
whom it is for (an appid, or a corp id), padded to blocks of 32.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY_CHARACTERS = 43
_BLOCK = 32
_AES_BLOCK = 16
_RANDOM = 16
_HEAD = _RANDOM + 4


class CallbackRefused(Exception):
    """A callback that cannot be shown to come from WeChat. `str()` says why, without anything secret."""

    code = "callback_refused"


def signature(*parts: str) -> str:
    """The SHA-1 of the parts, sorted and joined."""
    return hashlib.sha1("".join(sorted(parts)).encode("utf-8", "surrogatepass")).hexdigest()


def check_signature(given: str, *parts: str) -> None:
    """Compares in constant time. Raises CallbackRefused."""
    if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), signature(*parts).encode()):
        raise CallbackRefused("the signature is wrong")


def decoded_key(encoding_aes_key: str) -> bytes:
    """The AES key for the 43 characters of WeChat's console. Raises ValueError."""
    if len(encoding_aes_key) != KEY_CHARACTERS:
        raise ValueError(f"wants {KEY_CHARACTERS} characters, has {len(encoding_aes_key)}")
    try:
        # WeChat's own example leaves bits set that strict decoders mind; the decoder of the library does not.
        return base64.b64decode(encoding_aes_key + "=", validate=True)
    except binascii.Error as error:
        raise ValueError("wants the characters of base64") from error


@dataclass(frozen=True)
class Opened:
    """A message that was decrypted, and the key that did it."""

    message: bytes
    key: bytes


class Envelope:
    """Opens and seals the messages of one account. `receiver` is its appid or corp id.

    The first key is the current one; while it is being changed the previous one still opens.
    """

    def __init__(self, token: str, receiver: str, keys: tuple[bytes, ...]) -> None:
        self._token = token
        self._receiver = receiver.encode()
        self._keys = keys

    def open(self, encrypted: str, timestamp: str, nonce: str, msg_signature: str) -> Opened:
        """Checks the signature first, then decrypts. Raises CallbackRefused."""
        check_signature(msg_signature, self._token, timestamp, nonce, encrypted)
        try:
            sealed = base64.b64decode(encrypted, validate=True)
        except ValueError as error:
            raise CallbackRefused("the message is not base64") from error
        if not sealed or len(sealed) % _AES_BLOCK:
            raise CallbackRefused("the message has no whole number of blocks")
        for key in self._keys:
            message = self._unpacked(_decrypted(sealed, key))
            if message is not None:
                return Opened(message, key)
        raise CallbackRefused("no key opens the message, or it is for another account")

    def seal(self, message: bytes, timestamp: str, nonce: str, key: bytes, random: bytes | None = None) -> Sealed:
        """Encrypts and signs an answer. `random` is drawn unless given."""
        plain = (random or secrets.token_bytes(_RANDOM)) + struct.pack(">I", len(message)) + message + self._receiver
        padding = _BLOCK - len(plain) % _BLOCK
        encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:_AES_BLOCK])).encryptor()
        sealed = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
        encrypted = base64.b64encode(sealed).decode()
        return Sealed(encrypted, signature(self._token, timestamp, nonce, encrypted), timestamp, nonce)

    @property
    def current_key(self) -> bytes:
        return self._keys[0]

    def _unpacked(self, plain: bytes) -> bytes | None:
        """The message, when padding, length and receiver are right."""
        padding = plain[-1]
        if not 1 <= padding <= _BLOCK or plain[-padding:] != bytes([padding]) * padding:
            return None
        content = plain[:-padding]
        if len(content) < _HEAD:
            return None
        (length,) = struct.unpack(">I", content[_RANDOM:_HEAD])
        message, receiver = content[_HEAD : _HEAD + length], content[_HEAD + length :]
        return message if len(message) == length and hmac.compare_digest(receiver, self._receiver) else None


@dataclass(frozen=True)
class Sealed:
    """An encrypted answer and its signature."""

    encrypted: str
    msg_signature: str
    timestamp: str
    nonce: str


def _decrypted(sealed: bytes, key: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:_AES_BLOCK])).decryptor()
    return decryptor.update(sealed) + decryptor.finalize()
