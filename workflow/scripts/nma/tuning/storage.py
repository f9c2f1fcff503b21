"""The storage of a study: a journal file or a database."""

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import optuna
from optuna.exceptions import StorageInternalError
from optuna.storages import JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, ProgrammingError, SQLAlchemyError

from nma.io.errors import InputError
from nma.types import FilePath

LOCK_SECONDS = 10  # after which the lock of a journal is broken, as its holder was killed
CONNECTIONS = 5  # attempts to create the tables of a new database


def quiet_optuna() -> None:
    """Turn off Optuna's log of each trial and its warnings of experimental features."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)


@contextmanager
def answering(storage: str) -> Iterator[None]:
    """Turn the errors of a database that does not answer into an InputError of one sentence."""
    try:
        yield
    except (StorageInternalError, SQLAlchemyError, ImportError) as error:
        reason = str(error.__cause__ or error).strip().splitlines()[0]
        raise InputError(
            "config",
            "tune: storage",
            found=f"{without_password(storage)}, which fails ({reason})",
            expected="`journal`, or the URL of a database that answers",
            hint="finished trials are kept: rerun the same command to continue the study",
        ) from error


def without_password(storage: str) -> str:
    """`journal`, or a URL of a database without its password."""
    if storage == "journal":
        return storage
    try:
        return make_url(storage).render_as_string(hide_password=True)
    except SQLAlchemyError:
        return "text that is not a URL"


def open_study(
    name: str,
    storage: str,
    folder: FilePath,
    pruner: optuna.pruners.BasePruner | None = None,
) -> optuna.Study:
    """The study of that name, new or as it was left.

    storage: `journal`, for a file in folder, or the URL of a database; pruner: of `new_pruner`.
    Raises InputError where a database does not answer.
    """
    if storage == "journal":
        Path(folder).mkdir(parents=True, exist_ok=True)
        path = str(Path(folder, f"{name}.journal"))
        lock = JournalFileSymlinkLock(path, grace_period=LOCK_SECONDS)
        backend = JournalStorage(JournalFileBackend(path, lock_obj=lock))
    else:
        # A study of this folder alone, which has the locks of its workers.
        name = f"{Path(folder).resolve().as_posix()}/{name}"
        with answering(storage):
            backend = _database(storage)
    with answering(storage):
        return optuna.create_study(
            study_name=name,
            storage=backend,
            direction="maximize",
            pruner=pruner or optuna.pruners.NopPruner(),
            load_if_exists=True,
        )


def _database(url: str) -> RDBStorage:
    """A storage in a database.

    Workers that start together may all try to create the tables of a new database: all but one
    fail, and find the tables at their next attempt.
    """
    for _ in range(CONNECTIONS - 1):
        try:
            return RDBStorage(url, engine_kwargs={"pool_pre_ping": True})
        except (IntegrityError, ProgrammingError):
            time.sleep(1)
    return RDBStorage(url, engine_kwargs={"pool_pre_ping": True})
