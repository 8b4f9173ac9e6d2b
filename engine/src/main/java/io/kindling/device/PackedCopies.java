package io.kindling.device;

import io.kindling.core.Layout;
import io.kindling.core.MemoryException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Copies of one storage's content in formats that kernels compute from, such as packed weights:
 * made once, shared by all threads, dropped when the content changes or the storage is released.
 *
 * <p>A content that is used once, as weights are in a step of training, is never copied: the second
 * use makes the copy, and the first one does if the content before was used more than once. All
 * copies together take an eighth of the pool's limit at most; the least recently used go first, and
 * all go where memory is short.
 */
public final class PackedCopies {
  /** What part of the pool's limit copies may take. */
  private static final int SHARE = 8;

  /** Views and formats of one storage that are remembered. */
  private static final int FORMS = 1024;

  private static final Set<Copy> RESIDENT = ConcurrentHashMap.newKeySet();
  private static final AtomicLong RESIDENT_BYTES = new AtomicLong();
  private static final AtomicLong CLOCK = new AtomicLong();

  /** A view of the storage in a kernel's format. */
  private record Form(Object format, Layout layout) {}

  /** How the present content is used in one form. */
  private static final class Use {
    private int times;
    private boolean repeated;
    private boolean beingMade;
    private @Nullable Copy copy;
  }

  /** A copy in use; it stays readable until this is closed, even if it is dropped meanwhile. */
  public static final class Copy implements AutoCloseable {
    private final Memory memory;
    private final long bytes;
    private final long address;
    private int readers = 1;
    private boolean dropped;
    private volatile long lastUse = CLOCK.incrementAndGet();

    private Copy(Memory memory, long bytes) {
      this.memory = memory;
      this.bytes = bytes;
      this.address = memory.take(bytes, "packed weights");
      RESIDENT.add(this);
      RESIDENT_BYTES.addAndGet(bytes);
    }

    /** Where it begins. */
    public long address() {
      return address;
    }

    private synchronized boolean lease() {
      if (!dropped) {
        readers++;
        lastUse = CLOCK.incrementAndGet();
      }
      return !dropped;
    }

    private synchronized void drop() {
      if (!dropped) {
        dropped = true;
        RESIDENT.remove(this);
        RESIDENT_BYTES.addAndGet(-bytes);
        giveIfUnread();
      }
    }

    @Override
    public synchronized void close() {
      readers--;
      giveIfUnread();
    }

    private void giveIfUnread() {
      if (dropped && readers == 0) {
        memory.giveShared(address, bytes);
      }
    }
  }

  private final Memory memory;
  private final Map<Form, Use> uses = new LinkedHashMap<>(4, 0.75f, true);
  private int changes;

  PackedCopies(Memory memory) {
    this.memory = memory;
  }

  /**
   * The present content as {@code layout} shows it, in {@code format}.
   *
   * @param format equal for kernels that can share a copy
   * @param bytes of the copy
   * @param pack fills the memory at an address with the copy
   * @return to be closed after the use; null where this use is to pack for itself
   */
  public @Nullable Copy lease(Object format, Layout layout, long bytes, LongConsumer pack) {
    Use use;
    int content;
    synchronized (this) {
      use = uses.computeIfAbsent(new Form(format, layout), f -> new Use());
      use.times++;
      Copy have = use.copy;
      if (have != null && have.lease()) {
        return have;
      }
      if (use.beingMade || (use.times == 1 && !use.repeated)) {
        forgetEldest();
        return null;
      }
      use.beingMade = true;
      content = changes;
    }
    Copy made = null;
    boolean filled = false;
    try {
      made = make(bytes);
      if (made != null) {
        pack.accept(made.address());
      }
      filled = true;
    } finally {
      publish(use, made, filled, content);
    }
    return made;
  }

  private void forgetEldest() {
    if (uses.size() > FORMS) {
      changes++; // what another thread makes for the eldest is not kept
      Use eldest = uses.remove(uses.keySet().iterator().next());
      if (eldest != null && eldest.copy != null) {
        eldest.copy.drop();
      }
    }
  }

  private synchronized void publish(Use use, @Nullable Copy made, boolean filled, int content) {
    use.beingMade = false;
    if (made == null) {
      return;
    }
    if (filled && content == changes) {
      use.copy = made;
    } else {
      made.drop();
    }
    if (!filled) {
      made.close();
    }
  }

  /** Null where there is no room to spare. */
  private @Nullable Copy make(long bytes) {
    MemoryPool.Stats pool = MemoryPool.host().stats();
    long bound = pool.limit() / SHARE;
    if (bytes > bound || bytes > pool.limit() - bound - pool.inUse()) {
      return null;
    }
    while (RESIDENT_BYTES.get() > bound - bytes && dropOldest()) {}
    try {
      return new Copy(memory, bytes);
    } catch (MemoryException e) { // the use that packs for itself needs less
      return null;
    }
  }

  private static boolean dropOldest() {
    var oldest = RESIDENT.stream().min(Comparator.comparingLong((Copy c) -> c.lastUse));
    oldest.ifPresent(Copy::drop);
    return oldest.isPresent();
  }

  /** Gives back what is not in use, of all storages. */
  static void dropAll() {
    RESIDENT.forEach(Copy::drop);
  }

  /** The content changes, or the storage is released. */
  synchronized void drop() {
    changes++;
    for (Use use : uses.values()) {
      if (use.times > 0) {
        use.repeated = use.times > 1;
        use.times = 0;
      }
      if (use.copy != null) {
        use.copy.drop();
        use.copy = null;
      }
    }
  }
}
