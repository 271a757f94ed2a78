"""The zoo: published architectures in small configurations with random weights, each explained and checked.

python -m benchmarks.zoo                    # all, half an hour; those of KerasHub need the extra `zoo`
python -m benchmarks.zoo --only Gemma Bert  # those whose names hold one of these
python -m benchmarks.zoo --smoke            # a handful
python -m benchmarks.zoo --write docs/internals/models.md
"""
