package io.kindling.source;

import io.kindling.checkpoint.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * What data are known by, wherever they lie: counts, shapes, and of each file its length and what
 * stands in {@link #PIECES} pieces of {@link #PIECE} bytes, evenly spread from its first byte to
 * its last. A file up to 16 MiB is read whole; a larger one costs as much, so that data of any size
 * are known in a second or two. File systems' own checksums are not used: HDFS and S3 give other
 * ones for the same bytes, local disks and most S3 settings none, and a copy has another time.
 */
public final class DataFingerprint {
  static final int PIECES = 16;
  static final int PIECE = 1 << 20;

  private DataFingerprint() {}

  /** SHA-256, in hexadecimal, over the splits in this order. */
  public static String sha256(List<Examples> splits, Configuration hadoop) throws IOException {
    MessageDigest digest = Sha256.digest();
    for (Examples split : splits) {
      add(digest, split.count() + " " + split.exampleShape());
      for (String file : split.reader().files()) {
        addFile(digest, new Path(file), hadoop);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void addFile(MessageDigest digest, Path path, Configuration hadoop)
      throws IOException {
    FileSystem files = path.getFileSystem(hadoop);
    long length = files.getFileStatus(path).getLen();
    add(digest, " " + length);
    byte[] piece = new byte[PIECE];
    try (FSDataInputStream in = files.open(path)) {
      long end = 0;
      for (int i = 0; i < PIECES && end < length; i++) {
        long from = Math.max(end, (length - PIECE) * i / (PIECES - 1));
        int size = (int) Math.min(PIECE, length - from);
        in.seek(from);
        in.readFully(piece, 0, size);
        digest.update(piece, 0, size);
        end = from + size;
      }
    }
  }

  private static void add(MessageDigest digest, String text) {
    digest.update((text + ";").getBytes(StandardCharsets.UTF_8));
  }
}
