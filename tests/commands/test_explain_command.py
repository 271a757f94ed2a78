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


def test_what_a_layer_returns_is_not_named_after_columns(folder, table, capsys):
    layers = [keras.layers.Dense(3, name="three"), keras.layers.Dense(4, name="four"), keras.layers.Dense(2)]
    keras.Sequential([keras.Input((3,)), *layers]).save(folder / "hidden.keras")
    for layer in ("three", "four"):
        arguments = [str(folder / "hidden.keras"), str(folder / "rows.csv"), "--label", "outcome", "--key", "id"]
        assert main(["explain", *arguments, "--output", str(folder / layer), "--layer", layer]) == 0
        assert "age" not in capsys.readouterr().out
    assert kerasig.open_attributions(folder / "four")[:].values.shape == (40, 4)


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
    arguments = [str(folder / "images.keras"), str(folder / "pictures"), "-o", str(output), "--scale", "255"]
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


@pytest.fixture(scope="module")
def two_columns(folder):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.save(folder / "two.keras")
    return folder / "two.keras"


def test_rows_are_found_by_ids_that_are_numbers(folder, two_columns, capsys):
    lines = [f"{10 * row + 5},{row % 7},{row % 3}" for row in range(40)]
    (folder / "numbered.csv").write_text("id,a,b\n" + "\n".join(lines) + "\n")
    output = folder / "numbered"
    given = [str(two_columns), str(folder / "numbered.csv"), "--key", "id", "--shards", "3", "--steps", "4"]
    assert main(["explain", *given, "--output", str(output)]) == 0, capsys.readouterr().err
    opened = kerasig.open_attributions(output)
    np.testing.assert_array_equal(opened.row(15).values, opened[1].values)
    with pytest.raises(KeyError, match="7; keys are such as 5"):
        opened.row(7)
    assert len(list(output.glob("shard-*"))) == 3


def test_whole_numbers_may_have_a_fraction_further_down(folder, two_columns, capsys):
    (folder / "late.csv").write_text("a,b\n" + f"{1:032},{2:032}\n" * 20_000 + "1.5,2.5\n")
    assert main(["explain", str(two_columns), str(folder / "late.csv"), "--steps", "1"]) == 0, capsys.readouterr().err
    told = capsys.readouterr().out
    assert "Attributions of 20,001 rows, 2 features" in told


def test_a_folder_in_which_no_row_was_explained_needs_no_resume(folder, table, tmp_path, capsys):
    np.save(tmp_path / "rows.npy", table[1][["age", "dose", "pulse"]].to_numpy("float32"))
    given = ["explain", str(folder / "table.keras"), str(tmp_path / "rows.npy"), "-o", str(tmp_path / "out")]
    assert main([*given, "--target", "99"]) == 2
    assert "--target is out of range" in capsys.readouterr().err
    assert main([*given, "--target", "0"]) == 0, capsys.readouterr().err
    assert main([*given, "--target", "0"]) == 2
    assert "was begun already. Pass --resume" in capsys.readouterr().err


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
        (["table.keras", "rows.csv", "--steps", "0"], "--steps must be a whole number of at least 1"),
        (["table.keras", "rows.csv", "--steps", "5", "--tolerance", "0.1"], "Pass one of the two"),
        (
            ["table.keras", "rows.csv", "--tolerance", "2"],
            "--tolerance must lie between 0 and 1, both excluded. Received --",
        ),
        (["table.keras", "rows.csv", "--resume"], "--resume needs --output"),
        (["table.keras", "rows.csv", "--workers", "0"], "--workers must be a whole number"),
        (["table.keras", "rows.csv", "--scale", "255"], "--scale is for images. Received --scale 255.0 with tables"),
        (["table.keras", "pickled.npy", "--label", "y"], "--label is for tables. Received --label y with arrays"),
        (["table.keras", "sizes", "--columns", "a"], "--columns is for tables. Received --columns a with images"),
        (["table.keras", "rows.csv", "--parser", "os:getcwd", "--key", "id"], "--key is for tables"),
        (["table.keras", "twice.csv"], "columns of different names. Received 'a' more than once"),
        (["table.keras", "holes.csv", "--label", "b"], "column 'b'. Received 1 row without, among 2"),
        (["table.keras", "holes.csv", "--key", "b"], "column 'b'. Received 1 row without, among 2"),
        (["table.keras", "pickled.npy"], "DATA must be arrays of numbers or texts"),
        (["table.keras", "sizes"], "MODEL must take images"),
        (["any size.keras", "sizes"], "images of one size"),
        (["any size.keras", "sizes", "--scale", "0"], "--scale must be above 0"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(folder, table, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(folder)
    (folder / "empty").mkdir(exist_ok=True)
    (folder / "twice.csv").write_text("a,a\n1,2\n")
    (folder / "holes.csv").write_text("a,b\n1,yes\n2,\n")
    np.save(folder / "pickled.npy", np.array([{}], object), allow_pickle=True)
    if not (folder / "sizes").exists():
        (folder / "sizes").mkdir()
        for size in (4, 5):
            (folder / "sizes" / f"{size}.png").write_bytes(tf.io.encode_png(np.zeros((size, 4, 3), "uint8")).numpy())
        keras.Sequential([keras.Input((None, None, 3)), keras.layers.GlobalAveragePooling2D()]).save("any size.keras")
    assert main(["explain", *arguments]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1


def test_none_is_typed_as_the_target_that_is_the_output_itself(folder, tmp_path, capsys):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.save(folder / "lone.keras")
    x = np.random.default_rng(0).random((6, 3), dtype="float32")
    np.savez(folder / "lone.npz", x=x, y=np.arange(6) % 2)
    given = ["explain", str(folder / "lone.keras"), str(folder / "lone.npz"), "--output", str(tmp_path / "out")]
    assert main([*given, "--target", "3"]) == 2
    assert "--target=None for outputs (N, 1)" in capsys.readouterr().err
    assert main([*given, "--target=None"]) == 0, capsys.readouterr().err
    direct = kerasig.explain(model, x, None)
    np.testing.assert_allclose(kerasig.open_attributions(tmp_path / "out")[:].values, direct.values, atol=1e-6)
