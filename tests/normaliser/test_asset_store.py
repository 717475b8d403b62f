"""The store: published whole or not at all, found again, races, corruption, leftovers, size."""

import asyncio
import shutil
import threading
from pathlib import Path

import msgspec
import pytest
from studios import HOUSE, TREATMENT, Studio

from tvd.errors import AssetInvalidError
from tvd.library.asset import ASSET_FILE, MANIFEST_FILE, Asset, Generation, Manifest, asset_key
from tvd.library.record import JobRecord, write_record
from tvd.library.store import AssetStore
from tvd.library.workdir import WorkFolder, sweep
from tvd.media.analysis import Analysis
from tvd.media.asset_file import AssetFile, AssetFileWriter
from tvd.media.house import NS

GENERATION = Generation(name="small-01234567", house=HOUSE.key, fingerprint="f", slate="slate")
NOW = 1_800_000_000 * NS


def manifest(source: str = "film", *, provisional: bool = False, segments: int = 5) -> Manifest:
    variant = "provisional" if provisional else "proper"
    return Manifest(
        key=asset_key(source, HOUSE, TREATMENT, variant),
        source=source,
        title=source,
        generation=GENERATION.name,
        house=HOUSE.key,
        treatment=TREATMENT.key,
        fps=30,
        segments=segments,
        provisional=provisional,
    )


async def store_in(root: Path, **limits: int) -> AssetStore:
    store = AssetStore(root, limits.get("max_bytes", 10**9), 0, now_ns=lambda: NOW)
    await store.load()
    store.set_generation(GENERATION)
    return store


def work_folder(store: AssetStore, plan: Manifest, content: bytes = b"12345") -> WorkFolder:
    folder = WorkFolder.create(store.work, plan.key)
    (folder.path / ASSET_FILE).write_bytes(content)
    write_record(folder, JobRecord(manifest=plan, analysis=Analysis()))
    return folder


async def put(store: AssetStore, plan: Manifest, content: bytes = b"12345") -> Asset:
    folder = work_folder(store, plan, content)
    asset = store.grow(plan, folder.path)
    await store.publish(asset, plan, folder)
    return asset


async def test_the_proper_asset_is_found_before_the_provisional_and_that_before_a_growing_one(tmp_path: Path) -> None:
    store = await store_in(tmp_path)
    growing = store.grow(manifest(), tmp_path)
    assert store.find("film", HOUSE, TREATMENT) is growing
    provisional = await put(store, manifest(provisional=True))
    assert store.find("film", HOUSE, TREATMENT) is provisional
    proper = await put(store, manifest())
    assert store.find("film", HOUSE, TREATMENT) is proper
    assert proper is growing
    assert not proper.growing


async def test_what_was_published_is_there_after_a_restart_and_nothing_else(tmp_path: Path) -> None:
    store = await store_in(tmp_path)
    asset = await put(store, manifest())
    assert sorted(path.name for path in asset.folder.iterdir()) == [MANIFEST_FILE, ASSET_FILE]
    again = (await store_in(tmp_path)).find("film", HOUSE, TREATMENT)
    assert again is not None
    assert again.manifest == asset.manifest
    assert again.size == 5


async def test_of_two_stores_that_race_the_first_wins_and_the_other_takes_its_asset(tmp_path: Path) -> None:
    first, second = await store_in(tmp_path), await store_in(tmp_path)
    ours, theirs = work_folder(first, manifest(), b"first"), work_folder(second, manifest(), b"second one")
    one, other = first.grow(manifest(), ours.path), second.grow(manifest(), theirs.path)
    await asyncio.gather(first.publish(one, manifest(), ours), second.publish(other, manifest(), theirs))
    assert one.folder == other.folder
    assert one.manifest == other.manifest
    assert one.path.read_bytes() in {b"first", b"second one"}
    assert len(one.path.read_bytes()) == one.size
    assert not any(first.work.iterdir())


@pytest.mark.parametrize("how", ["no manifest", "bad manifest", "no file", "short file", "wrong place"])
async def test_a_broken_asset_is_put_away_with_a_reason(
    tmp_path: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asset = await put(await store_in(tmp_path), manifest())
    match how:
        case "no manifest":
            (asset.folder / MANIFEST_FILE).unlink()
        case "bad manifest":
            (asset.folder / MANIFEST_FILE).write_text('{"key": 1}')
        case "no file":
            asset.path.unlink()
        case "short file":
            asset.path.write_bytes(b"1")
        case "wrong place":
            asset.folder.rename(asset.folder.with_name("elsewhere"))
    store = await store_in(tmp_path)
    assert store.find("film", HOUSE, TREATMENT) is None
    assert not any((tmp_path / "assets" / GENERATION.name).iterdir())
    assert "asset.invalid" in "".join(capsys.readouterr())


async def test_what_others_do_to_the_folder_is_noticed(tmp_path: Path) -> None:
    here, there = await store_in(tmp_path), await store_in(tmp_path)
    await put(there, manifest("theirs"))
    mine = await put(here, manifest("mine"))
    await here.refresh()
    assert here.find("theirs", HOUSE, TREATMENT) is not None
    lost: list[Asset] = []
    here.on_lost = lost.append
    shutil.rmtree(mine.folder)
    await here.refresh()
    assert here.find("mine", HOUSE, TREATMENT) is None
    assert lost == [mine]
    with pytest.raises(AssetInvalidError):
        here.open(mine)


async def test_a_folder_that_cannot_be_read_loses_nothing(tmp_path: Path) -> None:
    store = await store_in(tmp_path)
    await put(store, manifest())
    (tmp_path / "assets").rename(tmp_path / "unmounted")
    with pytest.raises(OSError, match="assets"):
        await store.refresh()
    assert store.find("film", HOUSE, TREATMENT) is not None


async def test_a_living_job_is_left_alone_and_a_dead_one_swept(tmp_path: Path) -> None:
    store = await store_in(tmp_path)
    living = work_folder(store, manifest("living"))
    dead = work_folder(store, manifest("dead"))
    dead.release()  # what the kernel does for a process that dies
    unlocked = store.work / "0000-torn"
    unlocked.mkdir()
    await store_in(tmp_path)
    assert living.path.exists()
    assert not dead.path.exists()
    assert not unlocked.exists()
    living.release()


def test_sweeping_leaves_what_is_just_being_made(tmp_path: Path) -> None:
    (tmp_path / ".new-key-1234").mkdir()
    (tmp_path / ".old-key-1234").mkdir()
    sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".new-key-1234"]


async def test_room_is_made_by_evicting_what_is_not_planned(tmp_path: Path) -> None:
    store = await store_in(tmp_path, max_bytes=30)
    for source in ("soon", "never", "late"):
        await put(store, manifest(source), bytes(10))
    hour = 3600 * NS
    store.planned = lambda: {"soon": NOW + hour // 2, "late": NOW + 20 * hour}
    assert not await store.room_for(10, NOW + 2 * hour)
    assert {asset.source for asset in store.assets} == {"soon", "late"}
    assert not await store.room_for(20, NOW + 2 * hour)
    assert {asset.source for asset in store.assets} == {"soon"}
    assert "full" in await store.room_for(30, NOW + 2 * hour)
    assert [path.name for path in (tmp_path / "assets" / GENERATION.name).iterdir()] == [
        asset_key("soon", HOUSE, TREATMENT)
    ]


async def test_nothing_new_is_started_when_the_disk_is_nearly_full(tmp_path: Path) -> None:
    store = await store_in(tmp_path)
    store.free_min = shutil.disk_usage(tmp_path).free + 10**12
    assert "free on the disk" in await store.room_for(10)


async def test_when_an_asset_last_aired_survives_a_restart(tmp_path: Path) -> None:
    store = await store_in(tmp_path)
    asset = await put(store, manifest())
    asset.aired_ns = NOW - NS
    await store.remember_aired()
    again = (await store_in(tmp_path)).find("film", HOUSE, TREATMENT)
    assert again is not None
    assert again.aired_ns == NOW - NS


async def test_readers_outlive_the_pool_of_open_files(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tvd.library.store.OPEN_FILES", 1)
    slate = studio.store.slate(HOUSE)
    assert slate is not None
    while slate.growing:
        await asyncio.sleep(0.002)
    copy = Asset(msgspec.structs.replace(slate.manifest, key="copy"), slate.folder)
    reader = studio.store.open(slate)
    assert studio.store.open(slate) is reader
    failures: list[Exception] = []

    def read() -> None:
        try:
            for _ in range(50):
                studio.store.open(copy).fragment(0)
                studio.store.open(slate).fragment(1)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert not failures
    reader.fragment(0)


async def test_an_interrupted_job_is_found_growing_after_a_restart(studio: Studio, tmp_path: Path) -> None:
    slate = studio.store.slate(HOUSE)
    assert slate is not None
    while slate.growing:
        await asyncio.sleep(0.002)
    store = await store_in(tmp_path / "other")
    for segments in (3, 2):
        folder = WorkFolder.create(store.work, manifest().key)
        write_record(folder, JobRecord(manifest=manifest(), analysis=Analysis()))
        with AssetFile(slate.path, HOUSE.grid) as file:
            writer = AssetFileWriter(folder.path / ASSET_FILE, file.initialisation, HOUSE.grid)
            for index in range(segments):
                writer.append(file.fragment(index))
        writer.close()
        with (folder.path / ASSET_FILE).open("ab") as torn:
            torn.write(b"\0\0\1\0moof torn")
        folder.release()
    asset = (await store_in(tmp_path / "other")).find("film", HOUSE, TREATMENT)
    assert asset is not None
    assert asset.growing
    assert asset.ready == 3
    assert len(list(store.work.iterdir())) == 1
