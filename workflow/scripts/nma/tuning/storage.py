"""Where a study is kept: a journal file or a database."""

import time
from contextlib import contextmanager
from pathlib import Path

import optuna
from optuna.exceptions import StorageInternalError
from optuna.storages import JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, ProgrammingError, SQLAlchemyError

from nma.io.errors import InputError

LOCK_SECONDS = 10  # after which the lock of a journal whose holder was killed is broken
ATTEMPTS = 5  # to make the tables of a new database


@contextmanager
def answering(storage):
    """Turn what a database that does not answer raises into one sentence."""
    try:
        yield
    except (StorageInternalError, SQLAlchemyError, ImportError) as error:
        reason = str(error.__cause__ or error).strip().splitlines()[0]
        raise InputError(
            "config",
            "tune: storage",
            found=f"{shown(storage)}, which fails ({reason})",
            expected="`journal`, or the URL of a database that answers",
            hint="finished trials are kept: the study goes on when it is started again",
        ) from error


def shown(storage):
    """A URL without its password."""
    if storage == "journal":
        return storage
    try:
        return make_url(storage).render_as_string(hide_password=True)
    except SQLAlchemyError:
        return "a text that is no URL"


def open_study(name, storage, folder, pruner=None):
    """The study of that name, new or as it was left. storage: `journal`, for a file in folder, or
    a URL; pruner: of `new_pruner`. Raises InputError where a database does not answer."""
    if storage == "journal":
        Path(folder).mkdir(parents=True, exist_ok=True)
        path = str(Path(folder, f"{name}.journal"))
        lock = JournalFileSymlinkLock(path, grace_period=LOCK_SECONDS)
        backend = JournalStorage(JournalFileBackend(path, lock_obj=lock))
    else:
        # Of this folder alone, which has the locks of its workers.
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


def _database(url):
    """Workers that start together may each try to make the tables of a new database: all but one
    fail, and find them there the next time."""
    for _ in range(ATTEMPTS - 1):
        try:
            return RDBStorage(url, engine_kwargs={"pool_pre_ping": True})
        except (IntegrityError, ProgrammingError):
            time.sleep(1)
    return RDBStorage(url, engine_kwargs={"pool_pre_ping": True})
