"""What can go wrong, in one line each, with its own exit code."""


class AutograderError(Exception):
    """Something a user can mend; its text is one line that says what and how."""

    exit_code = 1


class ClassFolderError(AutograderError):
    """The class folder is missing, incomplete, or in the way."""

    exit_code = 3


class ReleaseError(AutograderError):
    """Something that must not reach students is in what would be released."""

    exit_code = 4


class SourceError(AutograderError):
    """A notebook's source does not follow the authors' rules."""

    exit_code = 5


class SubmissionError(AutograderError):
    """A submission that was asked for can't be found."""

    exit_code = 8


class GradingIncomplete(AutograderError):
    """The run ended, and some submissions need a human or are graded in part."""

    exit_code = 6


class NbgraderError(AutograderError):
    """nbgrader refused; its own words are passed on."""

    exit_code = 7


class GradebookError(NbgraderError):
    """The gradebook's database can't be opened, read or written."""


class NotProven(AutograderError):
    """A known mistake passes, a right variant fails, or a hint is wrong."""

    exit_code = 9


class IsolationError(AutograderError):
    """The machine does not give the isolation that is asked for."""

    exit_code = 10


class JudgeError(AutograderError):
    """One submission could not be judged."""

    exit_code = 11


class ClassBusy(AutograderError):
    """Another command is at work in the class folder."""

    exit_code = 12


class ClusterError(AutograderError):
    """The Dask cluster can't be reached, has no worker that may judge, or went away."""

    exit_code = 13


class Differs(AutograderError):
    """A submission, marked once more, does not come out as it stands."""

    exit_code = 15


class NotVerifiable(AutograderError):
    """A submission can't be marked once more as it was."""

    exit_code = 16


class BenchError(AutograderError):
    """Something can't be measured here, or what was measured is wrong."""

    exit_code = 19
