"""The zoo: published architectures in small configurations with random weights, each explained and checked.

python -m benchmarks.zoo                    # all, a quarter of an hour; needs the extra `zoo` for those of KerasHub
python -m benchmarks.zoo --only Gemma Bert  # those whose names hold one of these
python -m benchmarks.zoo --smoke            # a handful that need no KerasHub
"""
