"""NWB files as labs write them, made by pynwb."""

import warnings
from datetime import UTC, datetime

import numpy as np
from pynwb import NWBHDF5IO, NWBFile, TimeSeries
from pynwb.base import ProcessingModule
from pynwb.behavior import BehavioralTimeSeries, PupilTracking
from pynwb.file import Subject
from pynwb.ophys import (
    DfOverF,
    Fluorescence,
    ImageSegmentation,
    OpticalChannel,
    PlaneSegmentation,
    RoiResponseSeries,
)

RATE = 4.0
START = datetime(2023, 11, 5, 12, tzinfo=UTC)


def new_nwb(session_description="spontaneous activity in the dark"):
    """An empty file with all that a good one has beside its data."""
    return NWBFile(
        session_description=session_description,
        identifier="mouse_7",
        session_start_time=START,
        file_create_date=START,
        experimenter=["Hopper, Grace"],
        institution="A university",
        experiment_description="spontaneous activity",
        keywords=["calcium"],
        subject=Subject(subject_id="7", species="Mus musculus", sex="F", age="P90D"),
    )


def add_plane(nwb, masks, *, name="", kind="pixel_mask", columns=(), location="VISp", **geometry):
    """A PlaneSegmentation with its imaging plane; geometry: of create_imaging_plane.

    masks: {kind} of each ROI; columns: (name, values) of further ones.
    """
    if "Microscope" not in nwb.devices:
        nwb.create_device(name="Microscope", description="two photons")
    plane = nwb.create_imaging_plane(
        name=f"ImagingPlane{name}",
        optical_channel=OpticalChannel(
            name="OpticalChannel", description="green", emission_lambda=510.0
        ),
        description="a plane",
        device=nwb.devices["Microscope"],
        excitation_lambda=920.0,
        indicator="GCaMP6s",
        location=location,
        imaging_rate=RATE,
        **geometry,
    )
    table = PlaneSegmentation(
        name=f"PlaneSegmentation{name}", description="ROIs", imaging_plane=plane
    )
    for mask in masks:
        table.add_roi(**{kind: mask})
    for column, values in columns:
        table.add_column(name=column, description=f"{column} of each ROI", data=values)
    ophys = ophys_of(nwb)
    if "ImageSegmentation" not in ophys.data_interfaces:
        ophys.add(ImageSegmentation())
    ophys["ImageSegmentation"].add_plane_segmentation(table)
    return table


def ophys_of(nwb):
    if "ophys" not in nwb.processing:
        nwb.create_processing_module("ophys", "optical physiology")
    return nwb.processing["ophys"]


def add_series(nwb, data, table, *, name="RoiResponseSeries", container="Fluorescence", **options):
    """A RoiResponseSeries; data: (bins, ROIs); options: of RoiResponseSeries, and `rows`."""
    ophys = ophys_of(nwb)
    if container not in ophys.data_interfaces:
        ophys.add((DfOverF if container == "DfOverF" else Fluorescence)(name=container))
    rows = options.pop("rows", list(range(len(table))))
    region = table.create_roi_table_region(description="ROIs", region=list(rows))
    if "timestamps" not in options:
        options = {"rate": RATE} | options
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of data that are wrong on purpose
        series = RoiResponseSeries(name=name, data=data, rois=region, unit="a.u.", **options)
    ophys[container].add_roi_response_series(series)
    return series


def add_behaviour(nwb, name, data, *, container=None, module="behavior", **times):
    """A TimeSeries of behaviour, in BehavioralTimeSeries, PupilTracking or by itself."""
    if module not in nwb.processing:
        nwb.add_processing_module(ProcessingModule(name=module, description=module))
    series = TimeSeries(name=name, data=data, unit="a.u.", description=name, **times)
    if container is None:
        nwb.processing[module].add(series)
        return
    kinds = {"BehavioralTimeSeries": BehavioralTimeSeries, "PupilTracking": PupilTracking}
    if container not in nwb.processing[module].data_interfaces:
        nwb.processing[module].add(kinds[container](name=container))
    nwb.processing[module][container].add_timeseries(series)


def pixels(x, y, *, count=3):
    """A mask of a row of pixels around x, y, all of one weight."""
    return [(x + n - count // 2, y, 1.0) for n in range(count)]


def voxels(x, y, z):
    return [(x, y, z, 1.0), (x + 2, y, z, 1.0)]


def images(centres, shape=(40, 30)):
    """An image (x, y) a ROI with two pixels of different weight around its centre."""
    found = []
    for x, y in centres:
        image = np.zeros(shape, np.float32)
        image[x - 1, y], image[x + 1, y] = 0.5, 0.5
        found.append(image)
    return found


def write(nwb, path):
    with NWBHDF5IO(path, "w") as io:
        io.write(nwb)
    return path


CENTRES = [(5 + 2 * n, 4 + n) for n in range(12)]
GEOMETRY = {"grid_spacing": [2e-6, 4e-6], "grid_spacing_unit": "meters"}


def activity(neurons=12, bins=60, seed=0):
    """(bins, ROIs), float32, positive."""
    return np.random.default_rng(seed).gamma(1, size=(bins, neurons)).astype("f4")


def plain(path, **options):
    """A file with one series of 12 ROIs; options: of add_series, and `plane` of add_plane."""
    plane, data = options.pop("plane", {}), options.pop("data", activity())
    nwb = new_nwb(options.pop("session_description", "in the dark"))
    masks = plane.pop("masks", [pixels(x, y) for x, y in CENTRES])
    table = add_plane(nwb, masks, **{**GEOMETRY, **plane})
    add_series(nwb, data, table, **options)
    return write(nwb, path)
