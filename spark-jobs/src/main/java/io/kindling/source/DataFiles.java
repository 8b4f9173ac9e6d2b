package io.kindling.source;

import io.kindling.core.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Locale;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** What a source may open. */
final class DataFiles {
  private DataFiles() {}

  /**
   * Whether there is something of this name.
   *
   * @throws DataException for what is no file: a directory, or a pipe or device, which would block
   *     or never end, and cannot be read twice
   */
  static boolean exists(FileSystem files, Path path) throws IOException {
    if (!files.exists(path)) {
      return false;
    }
    boolean local = "file".equals(files.getUri().getScheme());
    java.nio.file.Path here = java.nio.file.Path.of(path.toUri().getPath());
    boolean directory = files.getFileStatus(path).isDirectory();
    if (directory || (local && !Files.isRegularFile(here))) {
      String what = directory ? "a directory" : "a pipe or a device";
      throw new DataException(
              String.format(Locale.ROOT, "%s is %s; expected a file of the data", path, what))
          .in(path.toString());
    }
    return true;
  }
}
