"""A file system of Beam that is a bucket to it: whatever is at bucket://PATH lies at /PATH here."""

from apache_beam.io.localfilesystem import LocalFileSystem


class Bucket(LocalFileSystem):
    """What a pipeline asks of a bucket."""

    @classmethod
    def scheme(cls):
        return "bucket"

    def join(self, base, *paths):
        return "/".join([base, *paths])

    def mkdirs(self, path):
        super().mkdirs(path.removeprefix("bucket:/"))

    def exists(self, path):
        return super().exists(path.removeprefix("bucket:/"))

    def create(self, path, *arguments, **options):
        return super().create(path.removeprefix("bucket:/"), *arguments, **options)

    def open(self, path, *arguments, **options):
        return super().open(path.removeprefix("bucket:/"), *arguments, **options)
