package io.kindling.cluster;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.util.List;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.util.Progressable;

/**
 * The local file system, in which a process is killed by SIGKILL at a byte of a file that it
 * writes. It happens once in a run, and leaves the file {@code reached} as a {@link Fault} does.
 */
public final class DyingFiles extends LocalFileSystem {
  /** Makes it a run's {@code file:} scheme. */
  static final String CONF = "spark.hadoop.fs.file.impl=" + DyingFiles.class.getName();

  private static final String PROPERTY = "kindling.test.dying";

  public DyingFiles() {
    super(new Raw());
  }

  /**
   * The option of a driver that dies after so many bytes of the first file with this in its path.
   */
  static List<String> option(String path, int bytes, java.nio.file.Path faults) throws IOException {
    return List.of(
        "-D" + PROPERTY + "=" + path + "@" + bytes + "@" + Files.createDirectories(faults));
  }

  private static final class Raw extends RawLocalFileSystem {
    @Override
    public FSDataOutputStream create(
        Path file,
        boolean overwrite,
        int bufferSize,
        short replication,
        long blockSize,
        Progressable progress)
        throws IOException {
      FSDataOutputStream out =
          super.create(file, overwrite, bufferSize, replication, blockSize, progress);
      String[] when = System.getProperty(PROPERTY, "@@").split("@", 3);
      boolean due = !when[0].isEmpty() && file.toString().contains(when[0]);
      return due && Fault.first(java.nio.file.Path.of(when[2]))
          ? new FSDataOutputStream(new Dying(out, Integer.parseInt(when[1])), null)
          : out;
    }
  }

  private static final class Dying extends FilterOutputStream {
    private int left;

    Dying(OutputStream out, int bytes) throws IOException {
      super(out);
      this.left = bytes;
      dieIfDue();
    }

    @Override
    public void write(int b) throws IOException {
      super.write(b);
      left--;
      dieIfDue();
    }

    private void dieIfDue() throws IOException {
      if (left <= 0) {
        flush();
        Fault.signalSelf("KILL");
      }
    }
  }
}
