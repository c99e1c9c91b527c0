"""Descriptions that are used together: references lead somewhere, like connects to like, nothing goes in circles."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlplatform import HOME
from mlplatform.models.check import check, check_files
from mlplatform.models.load import load_file, load_operators, load_text
from mlplatform.models.mistakes import InvalidDescription
from mlplatform.models.operator import Port

from tests.platform.models.descriptions import DATASET, FAN_OUT, MODEL, OPERATOR, SCHEDULE, SERVICE, WORKFLOW

SYSTEM = load_operators(HOME / "operators").operators
EVERYTHING = "---\n".join([WORKFLOW, DATASET, MODEL, SERVICE, OPERATOR])


def mistakes(text: str) -> list[str]:
    return [m.show("en") for m in check(load_text(text, "f.yaml"), SYSTEM)]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("      operator: train-numpy\n      params", "      operator: train-nimpy\n      params", ":12:7: spec.steps.first.operator: there is no train-nimpy here; did you mean train-numpy?"),
        ("      operator: train-numpy\n      params", "      operator: serve-model\n      params", ":12:7: spec.steps.first.operator: serve-model serves"),
        ("epochs: 5 ", "epoch: 5 ", ":14:9: spec.steps.first.params.epoch: there is no epoch here; did you mean epochs?"),
        ("epochs: 5 ", "epochs: 0 ", ":14:9: spec.steps.first.params.epochs: 0 is less than"),
        ("output: predictions", "output: model", ":20:9: spec.steps.second.inputs.data: gives model, but table is needed here"),
        ("output: predictions", "output: prediction", ":22:11: spec.steps.second.inputs.data.output: there is no prediction here; did you mean predictions?"),
        ("step: first", "step: fist", ":21:11: spec.steps.second.inputs.data.step: there is no fist here; did you mean first?"),
        ("{dataset: digits}", "{model: mlp}", ":16:9: spec.steps.first.inputs.data: gives model, but table is needed"),
        ("data: {dataset: digits}", "date: {dataset: digits}", ":16:9: spec.steps.first.inputs.date: there is no date here; did you mean data?"),
        ("data: {dataset: digits}", "date: {dataset: digits}", ":15:7: spec.steps.first.inputs: input data is not connected; connect a table"),
        ("{dataset: digits}", "{step: second, output: predictions}", "inputs.data.step: the steps wait for each other: "),
        ("step: first", "step: second", "the steps wait for each other: second → second"),
        ("type: table\n  file: digits.csv\n  columns:\n    - {name: pixel, type: number}\n    - {name: label, type: integer}", "type: files\n  file: digits.csv", "spec.steps.first.inputs.data: gives files, but table is needed"),
        ("format: slipway-classifier/1", "format: other/1", "spec.model: gives a model of format other/1, but slipway-classifier/1 is needed"),
        ("  model: mlp", "  model: mlp\n  operator: train-numpy", "spec.operator: train-numpy serves no model"),
        ("  model: mlp", "  model: mlp\n  params: {x: 1}", "spec.params.x: there is no x here"),
        ("name: mlp", "name: digits", ""),
        ("name: thing", "name: train-numpy", ""),
    ],
)  # fmt: skip
def test_a_wrong_reference_is_named_with_its_place(old: str, new: str, says: str) -> None:
    assert mistakes(EVERYTHING) == []
    assert EVERYTHING.count(old) == 1
    found = "\n".join(mistakes(EVERYTHING.replace(old, new)))
    assert says in found
    if not says:
        assert "Model" not in found  # names of different kinds do not meet


@pytest.mark.parametrize(
    ("old", "new", "en", "zh"),
    [
        ("step: look", "step: lok", ":16:14: spec.steps.after.when.step: there is no lok here; did you mean look?", "是否想写 look"),
        ("{step: look", "{step: train", ":16:14: spec.steps.after.when.step: train runs once for each of several values; compare", "各运行一次"),
        ("{step: look", "{step: after", "spec.steps.after.when.step: the steps wait for each other: after → after", "相互等待"),
        (", at_least: 100", "", ":16:7: spec.steps.after.when: name at_least, at_most or both", "请写 at_least、at_most 或两者"),
        (", at_least: 100", ", atleast: 100", "spec.steps.after.when.atleast: there is no atleast here; did you mean at_least?", "at_least"),
        ("at_least: 100", "at_least: many", ":16:40: spec.steps.after.when.at_least: must be a number, not 'many'", "必须是数字"),
        (", best: {metric: accuracy, order: highest}", "", ":18:9: spec.steps.after.inputs.data: train runs once for each of several values; say which", "best: {metric"),
        ("order: highest", "order: best", "spec.steps.after.inputs.data.best.order: must be one of highest, lowest, not 'best'", "之一"),
        ("step: train, output: predictions", "dataset: digits", "spec.steps.after.inputs.data: best chooses among the tasks of a step", "best 用于在"),
        ("      foreach: {param: hidden, values: [8, 16, 32]}\n", "", "spec.steps.after.inputs.data.best: train runs once; leave best out", "请去掉 best"),
        ("param: hidden", "param: hiden", ":8:17: spec.steps.train.foreach.param: there is no hiden here; did you mean hidden?", "hidden"),
        ("[8, 16, 32]", "[8, 0, 32]", ":8:44: spec.steps.train.foreach.values.1: 0 is less than the minimum of 1", "不符合"),
        ("[8, 16, 32]", "[]", "spec.steps.train.foreach.values: needs at least 1 entries", "至少需要 1 项"),
        ("[8, 16, 32]", str(list(range(1, 102))), "spec.steps.train.foreach.values: has more than 100 entries", "超过 100 项"),
        ("      cache: false", "      params: {hidden: 8}", ":9:16: spec.steps.train.params.hidden: foreach gives this parameter its values", "由 foreach 给出"),
        ("      cache: false", "      params: {epochs: 0}", ":9:16: spec.steps.train.params.epochs: 0 is less than", "不符合"),
        ("cache: false", "cache: never", ":9:7: spec.steps.train.cache: must be true or false, not 'never'", "true 或 false"),
    ],
)  # fmt: skip
def test_a_wrong_condition_or_fan_out_is_named_with_its_place(old: str, new: str, en: str, zh: str) -> None:
    assert mistakes(FAN_OUT) == []
    assert FAN_OUT.count(old) == 1
    try:
        found = check(load_text(FAN_OUT.replace(old, new), "f.yaml"), SYSTEM)
    except InvalidDescription as error:
        found = error.mistakes
    assert len(found) == 1
    assert en in found[0].show("en") and zh in found[0].show("zh")


@pytest.mark.parametrize(
    ("old", "new", "en", "zh"),
    [
        ("30 2 * *", "30 25 * *", ":5:3: spec.cron: is no cron expression that ever comes", "不是会到来的"),
        ("30 2 * *", "2 * *", ":5:3: spec.cron: must have five fields", "五个字段"),
        ("Europe/Berlin", "Berlin", ":6:3: spec.timezone: is no time zone", "时区"),
        ("timezone: Europe/Berlin", "workflow: digits", ":4:1: spec: name either a workflow or a task", "只能写一个"),
        ("statistics", "statistic", ":8:5: spec.task.operator: there is no statistic here; did you mean statistics?", "statistics"),
        ("statistics", "serve-model", ":8:5: spec.task.operator: serve-model serves", "在线服务"),
        ("inputs: {data", "inputs: {date", "spec.task.inputs: input data is not connected", "未连接"),
        ("operator: statistics", "operator: split\n    params: {seed: -1}", ":9:14: spec.task.params.seed: -1 is less", "不符合"),
    ],
)  # fmt: skip
def test_a_wrong_schedule_is_named_with_its_place(old: str, new: str, en: str, zh: str) -> None:
    assert mistakes(SCHEDULE) == []
    try:
        found = check(load_text(SCHEDULE.replace(old, new), "f.yaml"), SYSTEM)
    except InvalidDescription as error:
        found = error.mistakes
    assert en in "\n".join(m.show("en") for m in found) and zh in "\n".join(m.show("zh") for m in found)


def test_a_thing_described_twice_is_told() -> None:
    assert mistakes(f"{DATASET}---\n{DATASET}") == [
        "f.yaml:13:12: metadata.name: this Dataset is described twice; keep one"
    ]


def port(type_: str, format_: str | None = None) -> Port:
    return Port.model_validate({"type": type_, "title": {"en": "", "zh": ""}, "format": format_})


@pytest.mark.parametrize("given", ["table", "model", "files"])
@pytest.mark.parametrize("wanted", ["table", "model", "files"])
def test_like_connects_to_like_and_files_take_anything(given: str, wanted: str) -> None:
    reason = port(wanted).refuses(port(given))
    assert (reason is None) == (wanted in (given, "files"))
    if reason:
        assert given in reason.zh and wanted in reason.en


def test_formats_have_to_be_the_same_where_both_name_one() -> None:
    assert port("model", "a").refuses(port("model", "b"))
    assert port("model", "a").refuses(port("model")) is None
    assert port("model").refuses(port("model", "b")) is None


def test_files_lie_beside_the_description(tmp_path: Path) -> None:
    file = tmp_path / "d.yaml"
    file.write_text(f"{DATASET}---\n{MODEL}")
    found = [m.show("en") for m in check_files(load_file(file))]
    assert [f.split(": ")[1] for f in found] == ["spec.file", "spec.files.0"]
    (tmp_path / "digits.csv").write_text("pixel,label\n")
    (tmp_path / "model.json").touch()
    assert check_files(load_file(file)) == []
    file.write_text(DATASET.replace("digits.csv", "../d.yaml"))
    assert "inside the description's folder" in check_files(load_file(file))[0].show("en")


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (b"pixel,label\n0.5,1\n1,2\n", ""),
        (b"1,2\n", ""),
        (b"pixel,label\n", ""),
        (b"pixel,digit\n1,2\n", "spec.columns.1.name: the table calls this column digit"),
        (b"pixel,label\n1,two\n", "spec.columns.1.type: the table has values of type text in this column"),
        (b"pixel\n1\n", "spec.columns: declares 2 columns, the table has 1"),
        (b"", "spec.file: is no CSV table that can be read"),
    ],
)
def test_a_table_has_the_columns_that_are_declared(tmp_path: Path, table: bytes, says: str) -> None:
    (tmp_path / "digits.csv").write_bytes(table)
    file = tmp_path / "d.yaml"
    file.write_text(DATASET)
    found = "\n".join(m.show("en") for m in check_files(load_file(file)))
    assert says in found and bool(found) == bool(says)
