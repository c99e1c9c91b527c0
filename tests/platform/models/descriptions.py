"""Descriptions for tests, each of them right."""

from __future__ import annotations

OPERATOR = """\
apiVersion: slipway/v1
kind: Operator
metadata:
  name: thing
  version: 1.0.0
  title: {en: Thing, zh: 东西}
spec:
  image: serving
  command: [run]
  params:
    type: object
    properties: {n: {type: integer}}
  resources:
    cpu: 1
    memory: 1Gi
  modes: [train]
"""
WORKFLOW = """\
# Trains on what was cleaned.
apiVersion: slipway/v1
kind: Workflow
metadata:
  name: digits
  version: 1.0.0
  title: {en: Digits, zh: 数字}
spec:
  steps:
    # First round
    first:
      operator: train-numpy
      params:
        epochs: 5   # enough for a look
      inputs:
        data: {dataset: digits}
    second:
      operator: train-numpy
      inputs:
        data:
          step: first
          output: predictions
"""
DATASET = """\
apiVersion: slipway/v1
kind: Dataset
metadata: {name: digits, version: 1.0.0, title: {en: Digits, zh: 数字}}
spec:
  type: table
  file: digits.csv
  columns:
    - {name: pixel, type: number}
    - {name: label, type: integer}
"""
MODEL = """\
apiVersion: slipway/v1
kind: Model
metadata: {name: mlp, version: 1.0.0, title: {en: Classifier, zh: 分类器}}
spec:
  format: slipway-classifier/1
  files: [model.json]
"""
SERVICE = """\
apiVersion: slipway/v1
kind: Service
metadata: {name: digits, version: 1.0.0, title: {en: Digits, zh: 数字}}
spec:
  model: mlp
"""
IMAGE = """\
apiVersion: slipway/v1
kind: Image
metadata: {name: own, version: 1.0.0, title: {en: Own image, zh: 自有镜像}}
spec:
  reference: registry.example/own/image:1.0
"""
FAN_OUT = """\
apiVersion: slipway/v1
kind: Workflow
metadata: {name: best, version: 1.0.0, title: {en: The best, zh: 择优}}
spec:
  steps:
    train:   # three sizes
      operator: train-numpy
      foreach: {param: hidden, values: [8, 16, 32]}
      cache: false
      inputs: {data: {dataset: digits}}
    look:
      operator: statistics
      inputs: {data: {dataset: digits}}
    after:
      operator: statistics
      when: {step: look, metric: rows, at_least: 100}
      inputs:
        data: {step: train, output: predictions, best: {metric: accuracy, order: highest}}
"""
SCHEDULE = """\
apiVersion: slipway/v1
kind: Schedule
metadata: {name: nightly, version: 1.0.0, title: {en: Every night, zh: 每晚}}
spec:
  cron: "30 2 * * MON-FRI"
  timezone: Europe/Berlin
  task:
    operator: statistics
    inputs: {data: {dataset: digits}}
"""
