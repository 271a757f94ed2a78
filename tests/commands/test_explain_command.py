"""`python -m kerasig explain`: a saved model and what people have, without a line of code."""

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

import kerasig
from kerasig._commands.main import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def table(folder):
    """A model of three columns, and 40 rows in CSV and Parquet beside their class and name."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])
    model.save(folder / "table.keras")
    rows = pd.DataFrame(np.random.default_rng(0).random((40, 3), dtype="float32"), columns=["age", "dose", "pulse"])
    rows.insert(0, "id", [f"case {number}" for number in range(40)])
    rows["outcome"] = ["ill" if age > 0.5 else "well" for age in rows["age"]]
    rows.to_csv(folder / "rows.csv", index=False)
    rows.to_parquet(folder / "rows.parquet")
    return model, rows


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_a_table_is_explained_by_its_columns(folder, table, name, capsys):
    model, rows = table
    output = folder / f"of {name}"
    arguments = [str(folder / "table.keras"), str(folder / name), "--output", str(output), "--label", "outcome"]
    assert main(["explain", *arguments, "--key", "id", "--steps", "8"]) == 0
    assert "age" in capsys.readouterr().out
    opened = kerasig.open_attributions(output)
    x = rows[["age", "dose", "pulse"]].to_numpy("float32")
    labels = (rows["outcome"] == "well").to_numpy(int)
    direct = kerasig.explain(model, x, kerasig.targets.Label(labels), steps=8)
    np.testing.assert_allclose(opened[:].values, direct.values, atol=1e-6)
    np.testing.assert_allclose(opened.row("case 7").values[0], direct.values[7], atol=1e-6)
    assert "values/dose" in opened.to_dataframe()


def test_a_table_of_named_inputs_is_explained_leaf_by_leaf(folder, table, capsys):
    inputs = {name: keras.Input((1,), name=name) for name in ("age", "dose")}
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Concatenate()(list(inputs.values()))))
    model.save(folder / "named.keras")
    output = folder / "named"
    arguments = [str(folder / "named.keras"), str(folder / "rows.csv"), "--target", "predicted"]
    assert main(["explain", *arguments, "--output", str(output)]) == 0, capsys.readouterr().err
    values = kerasig.open_attributions(output)[:].values
    kernel = model.get_weights()[0][:, 0]
    np.testing.assert_allclose(values["age"].reshape(-1), table[1]["age"] * kernel[0], atol=1e-5)


def test_a_folder_of_images_has_its_folders_as_classes(folder, capsys):
    model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    model.save(folder / "images.keras")
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (6, 4, 4, 3), dtype=np.uint8)
    for number, picture in enumerate(pictures):
        place = folder / "pictures" / ("cats" if number < 3 else "dogs") / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(tf.io.encode_png(picture).numpy())
    output = folder / "of images"
    arguments = [str(folder / "images.keras"), str(folder / "pictures"), "--output", str(output), "--scale", "255"]
    assert main(["explain", *arguments, "--with-inputs"]) == 0
    assert "dogs" in capsys.readouterr().out
    opened = kerasig.open_attributions(output)
    direct = kerasig.explain(model, pictures / np.float32(255), kerasig.targets.Label([0, 0, 0, 1, 1, 1]))
    np.testing.assert_allclose(opened[:].values, direct.values, atol=1e-6)
    np.testing.assert_allclose(opened.row("dogs/4.png").inputs[0], pictures[4] / np.float32(255))


def test_arrays_are_explained_and_a_run_goes_on_only_when_told(folder, table, capsys):
    x = table[1][["age", "dose", "pulse"]].to_numpy("float32")
    np.savez(folder / "rows.npz", x=x, y=np.arange(40) % 2)
    arguments = ["explain", str(folder / "table.keras"), str(folder / "rows.npz"), "--output", str(folder / "arrays")]
    assert main(arguments) == 0
    assert main(arguments) == 2
    assert "--resume" in capsys.readouterr().err
    assert main([*arguments, "--resume"]) == 0


def test_workers_write_what_one_process_does(folder, table, capfd):
    given = [str(folder / "table.keras"), str(folder / "rows.csv"), "--label", "outcome", "--key", "id", "--steps", "4"]
    assert main(["explain", *given, "--output", str(folder / "by one")]) == 0
    assert main(["explain", *given, "--output", str(folder / "by two"), "--workers", "2", "--shards", "2"]) == 0
    one, two = (kerasig.open_attributions(folder / name) for name in ("by one", "by two"))
    assert len(list((folder / "by two").glob("shard-*"))) == 2
    keys = one.keys.tolist()
    np.testing.assert_allclose(two.rows(keys).values, one.rows(keys).values, atol=1e-6)
    assert main(["explain", *given, "--workers", "2"]) == 2
    assert "--workers needs --output" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.keras", "rows.csv"], "MODEL must be a saved Keras model. Received 'none.keras'"),
        (["table.keras", "none.csv"], "DATA must be a folder or a file"),
        (["rows.csv", "rows.csv"], "MODEL must be a saved Keras model. 'rows.csv' cannot be loaded"),
        (["table.keras", "rows.csv"], "must be numbers to be one array. Received 'id'"),
        (["table.keras", "rows.csv", "--label", "none"], "the column 'none'"),
        (["table.keras", "empty"], "must hold images"),
        (["table.keras", "rows.csv", "--parser", "nowhere:parse"], "module:function"),
        (["table.keras", "rows.csv", "--steps", "many"], "--steps"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(folder, table, monkeypatch, capsys, arguments, said):
    (folder / "empty").mkdir(exist_ok=True)
    monkeypatch.chdir(folder)
    assert main(["explain", *arguments]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1
