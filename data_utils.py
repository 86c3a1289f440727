"""Data sets, your own pictures and plots: what the notebooks need beside the network.

    train_x, train_y, test_x, test_y, classes = load_images("cats")
    picture = load_own_picture("my_cat.jpg")
    show(figure, alt="The cost falls from 0.69 to 0.10 in 2500 steps.")

Nothing in this file is about learning: `dnn_utils.py` and `opt_utils.py` are.

A file can be missing, empty, a web page in disguise, cut short, damaged or simply about
something else. Each of these has its own sentence, said by a `DataFileError`, which a
notebook shows without a traceback. `_read` and `_images` below look in a fixed order.
"""

import base64
import hashlib
import html
import io
import time
from pathlib import Path

import h5py
import numpy as np

DATASETS = Path(__file__).resolve().parent / "datasets"
# What the course calls its sets of pictures, and how their files are called.
IMAGE_SETS = {"cats": "catvnoncat", "daynight": "daynight"}
POINT_SETS = ("moons", "circles", "spirals", "flower")
HDF5_START = b"\x89HDF\r\n\x1a\n"  # the first 8 bytes of every HDF5 file
OWN_SIZE = 64


class DataFileError(Exception):
    """A file can't be used; the text says why, and what to do."""

    def _render_traceback_(self):
        """Let Jupyter show the sentence alone."""
        return [str(self)]


# --- data sets ------------------------------------------------------------------------------


def load_images(name="cats"):
    """Load pictures with labels, some to learn from and others to test with.

    Parameters
    ----------
    name : str
        "cats" (1 = cat, 0 = something else) or "daynight" (0 = day, 1 = night): drawn by a
        program, 500 and 400 pictures. Or the path of files of your own in the same layout:
        "folder/catvnoncat" reads folder/train_catvnoncat.h5 and folder/test_catvnoncat.h5;
        for a folder with only one such pair, "folder" is enough.

    Returns
    -------
    train_x, train_y : ndarray of uint8, shape (m, 64, 64, 3); of int64, shape (1, m)
        Red, green and blue of m pictures, 0 to 255; and their labels, 0 or 1.
    test_x, test_y : ndarray
        The same for pictures that are kept for the test.
    classes : ndarray of bytes, shape (2,)
        What 0 and 1 mean: ``classes[1].decode()`` is "cat".

    Raises
    ------
    DataFileError
        If a file is not there or can't be used.
    """
    train_file, test_file = _image_files(name)
    train_x, train_y, classes = _images(train_file, "train")
    test_x, test_y, _ = _images(test_file, "test")
    if train_x.shape[1:] != test_x.shape[1:]:
        raise DataFileError(
            f"{test_file} has pictures of {test_x.shape[1]} x {test_x.shape[2]}, but "
            f"{train_file.name} has pictures of {train_x.shape[1]} x {train_x.shape[2]}."
        )
    return train_x, train_y, test_x, test_y, classes


def load_kinds(name="cats"):
    """Load what each picture shows, more closely than its label says.

    Parameters
    ----------
    name : str
        "cats", "daynight" or your own files, as for `load_images`.

    Returns
    -------
    train_kinds, test_kinds : ndarray of str, shape (m,)
        "cat", "dog", "fox", ... for "cats"; "starry", "inside day", ... for "daynight": in
        the order of the pictures that `load_images` returns.

    Raises
    ------
    DataFileError
        If a file is missing or holds something else; it says what to do.
    """
    train_file, test_file = _image_files(name)
    return _kinds(train_file, "train_set_kind"), _kinds(test_file, "test_set_kind")


def load_points(name="moons"):
    """Load points in the plane, each with a label.

    Parameters
    ----------
    name : str
        "moons", "circles", "spirals" or "flower"; or the path of a file in their layout.

    Returns
    -------
    X : ndarray of float64, shape (2, m)
        One point per column.
    Y : ndarray of int64, shape (1, m)
        Their labels, 0 or 1.

    Raises
    ------
    DataFileError
        If a file is missing or holds something else; it says what to do.
    """
    file = DATASETS / f"{name}.h5" if name in POINT_SETS else Path(name)
    data, checksums = _read(file, ["train_X", "train_Y"])
    X, Y = data["train_X"], data["train_Y"]
    if X.dtype != np.float64 or X.ndim != 2 or X.shape[0] != 2:
        raise DataFileError(f"{file}: train_X must be float64 of shape (2, m), {_not(X)}.")
    if Y.shape != (1, X.shape[1]):
        raise DataFileError(f"{file} has {X.shape[1]} points, but labels of shape {Y.shape}.")
    _refuse_labels_but_0_and_1(file, Y)
    _refuse_changed(file, data, checksums)
    return X, Y.astype(np.int64)


# --- reading: one sentence for everything that can be wrong ---------------------------------


def _image_files(name):
    """Give the two files that belong to a name or a path."""
    if name in IMAGE_SETS:
        folder, stem = DATASETS, IMAGE_SETS[name]
    else:
        path = Path(name).expanduser()
        folder, stem = path.parent, path.name.removesuffix(".h5").removeprefix("train_")
        if path.is_dir():
            found = sorted(file.stem.removeprefix("train_") for file in path.glob("train_*.h5"))
            if len(found) != 1:
                which = f"{path.as_posix()}/{found[0] if found else 'catvnoncat'}"
                raise DataFileError(
                    f"{path} has {len(found)} files train_*.h5: say which one to take, "
                    f'for example load_images("{which}").'
                )
            folder, stem = path, found[0]
    return folder / f"train_{stem}.h5", folder / f"test_{stem}.h5"


def _images(file, part):
    """Read one half of a set of pictures: "train" or "test"."""
    names = [f"{part}_set_x", f"{part}_set_y", "list_classes"]
    data, checksums = _read(file, names)
    x, y, classes = (data[name] for name in names)
    if x.dtype != np.uint8 or x.ndim != 4 or x.shape[1] != x.shape[2] or x.shape[3] != 3:
        raise DataFileError(f"{file}: {names[0]} must be uint8 of shape (m, n, n, 3), {_not(x)}.")
    if y.shape != (len(x),):
        raise DataFileError(f"{file} has {len(x)} pictures, but labels of shape {y.shape}.")
    _refuse_labels_but_0_and_1(file, y)
    if classes.shape != (2,):
        raise DataFileError(f"{file}: list_classes must name 2 classes, {_not(classes)}.")
    _refuse_changed(file, data, checksums)
    return x, y.reshape(1, -1).astype(np.int64), classes.astype(bytes)


def _kinds(file, name):
    """Read what the pictures of one file show; only the course's own files say that."""
    data, checksums = _read(file, [name])
    _refuse_changed(file, data, checksums)
    return data[name].astype(bytes).astype(str)


def _read(file, names):
    """Read arrays from an HDF5 file, and their checksums, looking for damage on the way."""
    _refuse_unless_hdf5(file)
    try:
        opened = h5py.File(file, "r")
    except OSError:
        raise DataFileError(f"{file} is cut short or damaged: {_get_it_again(file)}") from None
    data, checksums = {}, {}
    try:
        with opened:
            there = list(opened)
            if set(names) <= set(there):
                data = {name: opened[name][()] for name in names}
                checksums = {name: opened[name].attrs.get("sha256") for name in names}
    except Exception:  # h5py says it in many ways
        raise DataFileError(f"{file} is damaged inside: {_get_it_again(file)}") from None
    for name in names:
        if name not in there:
            others = ", ".join(there) or "nothing"
            raise DataFileError(f"{file} has no data set {name}; what it has is {others}.")
    return data, checksums


def _refuse_unless_hdf5(file):
    """Look at the first bytes, which tell most of what happens on the way to a computer."""
    try:
        with file.open("rb") as opened:
            start = opened.read(64)
    except FileNotFoundError:
        folder = file.parent.resolve()
        names = ", ".join(f'"{name}"' for name in (*IMAGE_SETS, *POINT_SETS))
        what = "The zip of an assignment has those that it uses: unpack it again, the whole of it."
        if folder != DATASETS:
            what = f"Give the path of your own files, or a set of the course: {names}."
        raise DataFileError(f"There is no {file.name} in {folder}. {what}") from None
    except OSError as error:
        raise DataFileError(f"{file} can't be read: {error.strerror}.") from None
    if start.startswith(HDF5_START):
        return
    if not start:
        what = "is empty, 0 bytes"
    elif start.startswith(b"version https://git-lfs"):
        what = "is a pointer of Git LFS in place of the data (try `git lfs pull`)"
    elif start.lstrip().startswith(b"<"):
        what = "is a web page in place of the data"
    elif start.startswith(HDF5_START[:4]):
        what = "was changed on its way as if it were text (line endings)"
    else:
        what = "is no HDF5 file"
    raise DataFileError(f"{file} {what}: {_get_it_again(file)}")


def _refuse_labels_but_0_and_1(file, labels):
    values = np.unique(labels)
    if not np.isin(values, (0, 1)).all():
        some = ", ".join(str(value) for value in values[:6])
        raise DataFileError(f"{file}: labels must be 0 or 1; there are {some}.")


def _refuse_changed(file, data, checksums):
    """Hold the data against the checksums in the file, where it has them."""
    for name, checksum in checksums.items():
        found = hashlib.sha256(data[name].tobytes()).hexdigest()
        if checksum is not None and str(checksum) != found:
            raise DataFileError(
                f"{file}: {name} isn't what was written, it does not fit its checksum: "
                f"{_get_it_again(file)}"
            )


def _not(array):
    return f"not {array.dtype} of shape {array.shape}"


def _get_it_again(file):
    if DATASETS in file.parents:
        return "unpack the course's zip again, the whole of it."
    return "copy it again from where it came from."


# --- pictures and plots ---------------------------------------------------------------------


def load_own_picture(path):
    """Load any picture file in the form that the network takes.

    The middle square is cut out and made 64 x 64. What is transparent becomes white, and
    photographs are turned upright as the camera noted.

    Parameters
    ----------
    path : str
        A picture, for example PNG or JPEG.

    Returns
    -------
    picture : ndarray of uint8, shape (64, 64, 3)

    Raises
    ------
    DataFileError
        If there is no such file, or it is no picture.
    """
    from PIL import Image, ImageOps  # matplotlib brings it along

    try:
        with Image.open(path) as opened:
            image = ImageOps.exif_transpose(opened)
            if image.mode.startswith("I;16"):  # grey of 65,536 levels, as some scanners make it
                image = Image.fromarray(np.uint8(np.array(image) // 256))
            image = image.convert("RGBA")
    except FileNotFoundError:
        where = Path(path).resolve().parent
        raise DataFileError(f"There is no {Path(path).name} in {where}.") from None
    except Exception:  # whatever is in it: it is none that we can show
        raise DataFileError(
            f"{path} is no picture that Python can read: save it as PNG or JPEG."
        ) from None
    paper = Image.new("RGBA", image.size, "white")
    paper.alpha_composite(image)
    square = ImageOps.fit(paper.convert("RGB"), (OWN_SIZE, OWN_SIZE))
    return np.array(square)  # (64, 64, 3)


def show(figure, alt):
    """Show a figure, with words for those who can't see it, and close it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        From ``figure, axes = plt.subplots()`` or ``plt.gcf()``.
    alt : str
        What can be seen in it, in a sentence: the message rather than the colours.

    Notes
    -----
    Jupyter puts no words to the pictures that ``plt.show()`` makes, and has no place for
    them. So the figure is shown as a piece of HTML, ``<img alt="..." src="...">``.
    """
    import matplotlib.pyplot as plt

    if "inline" not in plt.get_backend():  # a script, or a notebook with moving figures
        plt.show()
        return
    from IPython.display import display

    file = io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight")
    plt.close(figure)
    png = base64.b64encode(file.getvalue()).decode()
    img = f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{png}">'
    display({"text/html": img, "image/png": png, "text/plain": alt}, raw=True)


def progress(steps, label="", shown=True):
    """Hand out steps one by one, and show in the notebook how many are done.

        for i in progress(range(num_iterations), "training"):

    Parameters
    ----------
    steps : range or list
        What to go through; it must have a length.
    label : str
        What is going on.
    shown : bool
        Whether to show anything. Outside of notebooks nothing is shown.

    Yields
    ------
    step
        Each of the steps, unchanged.
    """
    from IPython import get_ipython
    from IPython.display import display

    def line(done):
        bar = "#" * (20 * done // max(total, 1))
        return {"text/plain": f"{label} [{bar:.<20}] {done} of {total}, {now - start:.0f} s"}

    total = len(steps)
    start = now = drawn = time.perf_counter()
    shown = shown and get_ipython() is not None
    place = display(line(0), raw=True, display_id=True) if shown else None
    for done, step in enumerate(steps, start=1):
        yield step
        now = time.perf_counter()
        if place and (done == total or now - drawn > 0.3):
            place.update(line(done), raw=True)
            drawn = now
