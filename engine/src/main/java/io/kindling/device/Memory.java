package io.kindling.device;

/**
 * The memory of one device: blocks of bytes, and their way from and to the host. An address means
 * something to the kernels of its own device only.
 */
public interface Memory {
  /** Whose it is. */
  Device device();

  /**
   * Takes a block of at least {@code bytes}; its content is whatever was there.
   *
   * @param asker named in the error if there is none left
   * @throws io.kindling.core.MemoryException if there is none left
   */
  long take(long bytes, String asker);

  /** Gives back a block that was taken for {@code bytes}. */
  void give(long address, long bytes);

  /** As {@link #give}, by a thread that takes no blocks itself: the garbage collector's. */
  default void giveShared(long address, long bytes) {
    give(address, bytes);
  }

  /** Nobody but the garbage collector will give back so many bytes. */
  default void leaveToCollector(long bytes) {}

  /** Copies within the device. */
  void copy(long from, long to, long bytes);

  /** Copies from the host; what the kernels started before have read is not overwritten. */
  void upload(long host, long to, long bytes);

  /** Copies to the host, when the kernels started before have ended. */
  void download(long from, long host, long bytes);

  /** Copies {@code n} elements of a primitive array, from its element {@code at}, as they are. */
  default void upload(Object array, int at, int n, long to) {
    staged(
        n * Raw.elementSize(array),
        (host, bytes) -> {
          Raw.put(array, at, host, n);
          upload(host, to, bytes);
        });
  }

  /** The reverse of {@link #upload(Object, int, int, long)}. */
  default void download(long from, Object array, int at, int n) {
    staged(
        n * Raw.elementSize(array),
        (host, bytes) -> {
          download(from, host, bytes);
          Raw.get(host, array, at, n);
        });
  }

  /** What is done with a block of the host. */
  @FunctionalInterface
  interface Staged {
    void with(long host, long bytes);
  }

  /** Lends a block of the host for what goes from here to there through it. */
  static void staged(long bytes, Staged transfer) {
    long host = HostMemory.INSTANCE.take(bytes, "a transfer");
    try {
      transfer.with(host, bytes);
    } finally {
      HostMemory.INSTANCE.give(host, bytes);
    }
  }
}
