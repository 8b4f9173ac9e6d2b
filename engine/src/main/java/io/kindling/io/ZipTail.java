package io.kindling.io;

import io.kindling.core.DataException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Keeps the last bytes of a zip archive that streams through, where its directory ends. What reads
 * the entries in order cannot tell an archive that was cut between two of them from a whole one.
 */
final class ZipTail extends FilterInputStream {
  private static final int END_SIGNATURE = 0x06054b50;
  private static final int END_LENGTH = 22;
  private static final int LONGEST_COMMENT = 0xFFFF;

  private final byte[] last = new byte[END_LENGTH + LONGEST_COMMENT];
  private long count;

  ZipTail(InputStream in) {
    super(in);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    int n = super.read(to, offset, length);
    for (int i = 0; i < n; i++) {
      last[(int) (count++ % last.length)] = to[offset + i];
    }
    return n;
  }

  @Override
  public long skip(long n) throws IOException {
    return readNBytes((int) Math.min(n, last.length)).length;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  /**
   * Reads to the end, where the directory is.
   *
   * @param entries how many were read
   * @throws DataException if there is none, or one of another number of entries
   */
  void requireDirectory(int entries, String file) throws IOException {
    TensorData.drain(this);
    int n = (int) Math.min(count, last.length);
    ByteBuffer tail = ByteBuffer.allocate(n).order(ByteOrder.LITTLE_ENDIAN);
    for (long i = count - n; i < count; i++) {
      tail.put(last[(int) (i % last.length)]);
    }
    for (int at = n - END_LENGTH; at >= 0; at--) {
      boolean end = tail.getInt(at) == END_SIGNATURE;
      if (end && (tail.getShort(at + 20) & 0xFFFF) == n - at - END_LENGTH) {
        // More than 65535 are counted elsewhere, and 65535 stands here.
        int listed = tail.getShort(at + 10) & 0xFFFF;
        if (listed != Math.min(entries, 0xFFFF)) {
          throw new DataException(
              file + ": the archive lists " + listed + " entries, got " + entries);
        }
        return;
      }
    }
    throw new DataException(
        file
            + ": the directory of a zip archive is missing at byte "
            + count
            + (entries == 0
                ? "; is this an .npz file?"
                : ": truncated after " + entries + " entries; fetch it again"));
  }
}
