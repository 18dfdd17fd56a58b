"""The model gateway: a small OpenAI-compatible server between Flink and whatever answers. Knows nothing of the rest of the project.

`python -m modelgateway` starts it. A request travels `app` -> `admission` (how many at once) -> one of `backends`; the `offline` backend
answers from `extractive`, which quotes and ranks sentences and generates none.
"""
