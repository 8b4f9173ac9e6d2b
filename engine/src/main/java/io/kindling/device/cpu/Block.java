package io.kindling.device.cpu;

import io.kindling.device.HostMemory;
import io.kindling.device.Scope;
import io.kindling.device.Storage;
import org.jspecify.annotations.Nullable;

/**
 * Memory that a thread keeps between calls and that grows with what is asked of it; taken from the
 * pool, so it counts against the limit.
 */
final class Block implements AutoCloseable {
  /** A larger block than this is not kept after the call that needed it. */
  private static final long KEPT = 64L << 20;

  private final String asker;
  private @Nullable Storage storage;
  private long address;

  Block(String asker) {
    this.asker = asker;
  }

  /** The address of at least so many bytes; what was there is lost. */
  long atLeast(long bytes) {
    Storage have = storage;
    if (have == null || have.bytes() < bytes) {
      close();
      try (Scope outside = Scope.none()) {
        have = Storage.allocate(HostMemory.INSTANCE, bytes, asker);
      }
      storage = have;
      address = have.address();
    }
    return address;
  }

  /** Ends a use: gives back what is too large to sit idle. */
  void release() {
    if (storage != null && storage.bytes() > KEPT) {
      close();
    }
  }

  long bytes() {
    return storage == null ? 0 : storage.bytes();
  }

  @Override
  public void close() {
    if (storage != null) {
      storage.close();
      storage = null;
    }
  }
}
