package io.kindling.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A disk of its own in memory, which can be filled to its last byte. */
public final class SmallDisk implements AutoCloseable {
  private final Path dir;

  private SmallDisk(Path dir) {
    this.dir = dir;
  }

  /** Mounts it at a directory; only root may, in a container not even root, perhaps. */
  public static SmallDisk mount(Path dir, int kilobytes) throws IOException {
    Files.createDirectories(dir);
    int status = run("mount", "-t", "tmpfs", "-o", "size=" + kilobytes + "k", "tmpfs", "" + dir);
    assumeTrue(status == 0, "no file system may be mounted here");
    return new SmallDisk(dir);
  }

  private static int run(String... command) throws IOException {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Leaves room for that many bytes, rounded down to whole pages. */
  public void fill(int room) throws IOException {
    long free = Files.getFileStore(dir).getUsableSpace();
    Files.write(ballast(), new byte[(int) Math.max(0, free - room)]);
  }

  /** Gives the room back. */
  public void empty() throws IOException {
    Files.deleteIfExists(ballast());
  }

  private Path ballast() {
    return dir.resolve("ballast");
  }

  @Override
  public void close() throws IOException {
    assertEquals(0, run("umount", "-l", dir.toString()));
  }
}
