"""Data-parallel training of a dense classifier with torch: each replica takes its share of every batch, gradients are averaged over gloo."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from toolkit import table
from toolkit.classifier import Classifier, accuracy, standardisation
from toolkit.task import Task, fail
from torch import nn
from torch.nn.parallel import DistributedDataParallel

JOIN = dt.timedelta(seconds=120)
"""How long the replicas wait for one another: pods of a gang start within seconds once their images are there."""


def main() -> None:
    task = Task.load()
    torch.manual_seed(task.params["seed"])
    torch.set_num_threads(task.threads)
    if task.params["batch"] < task.world:
        fail(f"a batch of {task.params['batch']} rows cannot be shared by {task.world} replicas")
    # Debian's torch has no libuv, which newer versions would take for the meeting point.
    meeting = f"tcp://{task.master['address']}:{task.master['port']}?use_libuv=0"
    dist.init_process_group("gloo", meeting, timeout=JOIN, rank=task.rank, world_size=task.world)
    try:
        _train(task)
    finally:
        dist.destroy_process_group()


def _train(task: Task) -> None:
    params = task.params
    data = table.read(task.inputs["data"])
    training, held = data.split(params["test"], params["seed"])
    mean, scale = standardisation(training.features)
    rows = torch.from_numpy((training.features - mean) / scale)
    labels = torch.from_numpy(training.labels)
    sizes = [rows.shape[1], *params["hidden"], len(data.classes)]
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    network = nn.Sequential(*layers[:-1])
    parallel = DistributedDataParallel(network)
    optimizer = torch.optim.Adam(parallel.parameters(), lr=params["learning_rate"])
    loss_of = nn.CrossEntropyLoss(reduction="sum")
    shuffle = torch.Generator().manual_seed(params["seed"])  # the same order on every replica
    print(f"rank {task.rank} of {task.world}: {len(rows)} rows, {len(held.labels)} held out", flush=True)
    for epoch in range(1, params["epochs"] + 1):
        total = torch.zeros(1)
        for batch in torch.randperm(len(rows), generator=shuffle).split(params["batch"]):
            mine = batch[task.rank :: task.world]
            # DDP averages over replicas; times world over the whole batch, the sum of shares is the gradient of the whole batch's mean.
            loss = loss_of(parallel(rows[mine]), labels[mine])
            optimizer.zero_grad()
            (loss * task.world / len(batch)).backward()
            optimizer.step()
            total += loss.detach()
        dist.all_reduce(total)
        loss_per_row = float(total) / len(rows)
        task.report(epoch=epoch, loss=loss_per_row)
        if task.rank == 0 and (epoch % 10 == 0 or epoch == params["epochs"]):
            print(f"epoch {epoch}: loss {loss_per_row:.4f}", flush=True)
    _check_equal(network)
    if task.rank == 0:
        _finish(task, network, mean, scale, held)


def _check_equal(network: nn.Module) -> None:
    """The replicas must hold the same weights; a difference would mean that they did not train together."""
    flat = torch.cat([p.detach().flatten() for p in network.parameters()])
    first = flat.clone()
    dist.broadcast(first, src=0)
    if not torch.equal(first, flat):
        fail("the replicas' weights differ")


def _finish(task: Task, network: nn.Sequential, mean: np.ndarray, scale: np.ndarray, held: table.Table) -> None:
    dense = [m for m in network if isinstance(m, nn.Linear)]
    arrays = [(m.weight.detach().numpy().T.copy(), m.bias.detach().numpy().copy()) for m in dense]
    model = Classifier(mean, scale, arrays, held.classes)
    probabilities = model.probabilities(held.features)
    right = accuracy(probabilities, held.labels)
    task.report(accuracy=right, held_out=len(held.labels), replicas=task.world)
    print(f"accuracy {right:.4f} on {len(held.labels)} held-out rows", flush=True)
    model.save(Path(task.outputs["model"]))
    table.write_predictions(task.outputs["predictions"] / "predictions.csv", held, probabilities)


if __name__ == "__main__":
    main()
