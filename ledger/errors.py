"""Every error the ledger raises on purpose: what happened, to what, and what to do next.

Front ends show ``title`` as a heading, ``what`` as the sentence under it and ``advice`` as the
way out. ``exit_code`` is what a command line ends with: 1 refused or failed, 2 usage, config or
credentials, 3 Numerai unreachable. No text in here may hold a secret.
"""

from __future__ import annotations


class LedgerError(Exception):
    """Base of all expected errors."""

    title = "Something went wrong"
    exit_code = 1

    def __init__(self, what: str, advice: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.what} {self.advice}".strip()


class ConfigError(LedgerError):
    """The config file can't be read, or holds an unknown key or a bad value.

    ``setting`` names the one it is about, as ``app.theme``, where it does not say the line yet.
    """

    title = "Config"
    exit_code = 2

    def __init__(self, what: str, advice: str = "", *, setting: str = "") -> None:
        super().__init__(what, advice)
        self.setting = setting


class CredentialsError(LedgerError):
    """No usable credentials: none stored, none allowed, or no keyring to store them in."""

    title = "Credentials"
    exit_code = 2


class MissingCredentials(CredentialsError):
    """The profile has no API key."""


class NoKeyring(CredentialsError):
    """The system has no keyring backend that could keep a secret."""


class NumeraiError(LedgerError):
    """Anything that came of talking to Numerai."""

    title = "Numerai"


class Unreachable(NumeraiError):
    """No usable answer: no connection, time out, 5xx after all retries, 429 for too long.

    ``sent`` tells whether the request may have reached Numerai; for a write that decides
    between "did not happen" and "unknown". ``timed_out``: nobody failed, it took too long.
    """

    title = "Numerai can't be reached"
    exit_code = 3

    def __init__(
        self, what: str, advice: str = "", *, sent: bool = True, timed_out: bool = False
    ) -> None:
        super().__init__(what, advice)
        self.sent = sent
        self.timed_out = timed_out


class Refused(NumeraiError):
    """Numerai answered no. ``message`` keeps its own words.

    To a write: ``never_ran`` tells that the document was refused before any of it ran, ``path``
    is where in the answer the error stands, empty where it names no place. No value came.
    """

    title = "Numerai refused"
    never_ran: bool = False
    path: tuple[str | int, ...] = ()

    def __init__(self, message: str, what: str = "", advice: str = "") -> None:
        super().__init__(what or f"Numerai says: {message}", advice)
        self.message = message


class BadCredentials(Refused):
    """The API key is wrong or was revoked."""

    title = "Numerai does not know this API key"
    exit_code = 2


class MissingScope(Refused):
    """The API key lacks ``scope``."""

    title = "The API key may not do this"

    def __init__(self, scope: str, message: str, what: str = "", advice: str = "") -> None:
        super().__init__(message, what, advice)
        self.scope = scope


class TournamentMoved(Refused):
    """The tournament is on another staking system by now."""

    title = "The tournament has moved"


class CannotAsk(Refused):
    """The server refuses what a document can't do without, in every form there is of it."""

    title = "Numerai's server has changed"


class RateLimited(NumeraiError):
    """A change was answered with a request to slow down. It is not known whether it was applied.

    Queries are repeated instead; a change is not, before the account has been looked at.
    """

    title = "Numerai asks for fewer requests"


class BadAnswer(NumeraiError):
    """An answer arrived that can't be understood (HTML, broken JSON, an impossible value)."""

    title = "Numerai's answer can't be read"


class ChainUnreachable(Unreachable):
    """The Ethereum endpoint gave no usable answer. ``sent`` as for Numerai."""

    title = "The Ethereum endpoint can't be reached"


class Ran(BadAnswer):
    """A change ran, and a part of its answer failed: an error stands below the mutation."""

    title = "Numerai's answer is incomplete"


class BadChainAnswer(BadAnswer):
    """The Ethereum endpoint, or a contract, answered something that can't be understood."""

    title = "The Ethereum endpoint's answer can't be read"


class ChainError(LedgerError):
    """The Ethereum endpoint answered a request with an error.

    ``code`` and ``message`` are its own; ``data`` is revert data as ``0x`` hex, ``None`` where
    it sent none. The message is for people: nothing may be decided by it.
    """

    title = "Ethereum"

    def __init__(self, code: int, message: str, data: str | None = None, advice: str = "") -> None:
        super().__init__(f"The Ethereum endpoint says: {message} (code {code})", advice)
        self.code = code
        self.message = message
        self.data = data


class WalletError(CredentialsError):
    """The owner's key can't be kept, read, unlocked or used to sign."""

    title = "Owner's key"


class StoreError(LedgerError):
    """The ledger file can't be used as asked."""

    title = "Ledger"


class NewerLedger(StoreError):
    """The file was written by a newer version of this program."""

    exit_code = 2


class ForeignLedger(StoreError):
    """The file is an SQLite file of another program. It is left as it is."""

    exit_code = 2


class CorruptLedger(StoreError):
    """The file is damaged. It is left as it is."""

    exit_code = 2


class LedgerBusy(StoreError):
    """Another process holds the ledger for writing."""


class FileError(LedgerError):
    """A file can't be written where the user wants it. What was there is as it was."""

    title = "File"


class FileTaken(FileError):
    """A file is there already that is not to be replaced."""

    exit_code = 2


class ChangeError(LedgerError):
    """A stake change can't be made, or not in this state."""

    title = "Stake change"


class PriceError(ChangeError):
    """Prices given by the user can't be taken."""

    title = "Prices"


class PriceFileError(PriceError):
    """A file of prices can't be read, or holds what is none."""

    exit_code = 2


class ReadOnly(ChangeError):
    """Started with ``--read-only``, or with a key that has no scope to write."""

    title = "Read-only"


class AssignmentError(LedgerError):
    """A predictor can't be put there, or there is no such predictor, slot or round."""

    title = "Slots"


class RoundClosed(AssignmentError):
    """The submissions of ``rounds`` are closed: what is on record there changes on request only."""

    def __init__(self, rounds: tuple[int, ...], what: str, advice: str = "") -> None:
        super().__init__(what, advice)
        self.rounds = rounds


class Cancelled(LedgerError):
    """The user stopped a running job; what was already committed stays."""

    title = "Stopped"


class TableError(LedgerError):
    """A table of scores can't be read, or holds nothing to work with."""

    title = "Scores"
    exit_code = 2
