package io.kindling.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.DType;
import io.kindling.core.Layout;
import io.kindling.core.MemoryException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Copies of a storage's content in a kernel's format")
class PackedCopiesTest {
  private static final Layout LAYOUT = Layout.contiguous(16);
  private static final long BYTES = 1 << 10;

  private final MemoryPool pool = MemoryPool.host();
  private final long limit = pool.stats().limit();
  private final List<Storage> storages = new ArrayList<>();
  private int packed;

  @BeforeEach
  void dropOthers() {
    PackedCopies.dropAll();
  }

  @AfterEach
  void restore() {
    pool.limit(limit);
    storages.forEach(Storage::close);
  }

  private Storage storage() {
    Storage storage = Storage.allocate(HostMemory.INSTANCE, 64, "a test");
    storages.add(storage);
    return storage;
  }

  private PackedCopies.Copy lease(Storage storage, String format, long bytes) {
    return storage
        .packed()
        .lease(
            format,
            LAYOUT,
            bytes,
            address -> {
              packed++;
              Raw.putInt(address, packed);
            });
  }

  /** Whether a use reads a copy, or packs for itself. */
  private boolean isCopied(Storage storage, String format, long bytes) {
    try (PackedCopies.Copy copy = lease(storage, format, bytes)) {
      return copy != null;
    }
  }

  private String uses(Storage storage, int times) {
    StringBuilder uses = new StringBuilder();
    for (int i = 0; i < times; i++) {
      int before = packed;
      boolean copied = isCopied(storage, "f", BYTES);
      uses.append(!copied ? "own " : packed > before ? "made " : "read ");
    }
    return uses.toString().trim();
  }

  @Test
  @DisplayName("is made at the second use, and at the first where contents are used again")
  void policy() {
    Storage storage = storage();
    long before = pool.stats().inUse();
    for (int step = 0; step < 5; step++) {
      assertEquals("own", uses(storage, 1));
      storage.bumpVersion();
    }
    assertEquals(before, pool.stats().inUse(), "used once a version, nothing is kept");
    assertEquals("own made read read", uses(storage, 4));
    storage.bumpVersion();
    storage.bumpVersion(); // an update of several operators
    assertEquals("made read", uses(storage, 2));
    storage.bumpVersion();
    assertEquals("made", uses(storage, 1));
    storage.bumpVersion();
    assertEquals("own made", uses(storage, 2));
  }

  @Test
  @DisplayName("stands by its format and layout")
  void forms() {
    Storage storage = storage();
    uses(storage, 2);
    assertEquals(false, isCopied(storage, "g", BYTES));
    PackedCopies copies = storage.packed();
    assertNull(copies.lease("f", Layout.of(new long[] {8}, new long[] {1}, 8), BYTES, a -> {}));
    assertEquals("read", uses(storage, 1));
  }

  @Test
  @DisplayName("of one storage are few, however many forms are asked for")
  void manyForms() {
    Storage storage = storage();
    long before = pool.stats().inUse();
    for (int i = 0; i < 2000; i++) {
      isCopied(storage, "f" + i, 64);
      assertEquals(true, isCopied(storage, "f" + i, 64));
    }
    assertEquals(before + 1024 * 64, pool.stats().inUse());
    storage.bumpVersion();
    assertEquals(before, pool.stats().inUse());
  }

  @Test
  @DisplayName("counts as memory in use until the content changes or the storage is released")
  void accounted() {
    Storage storage = storage();
    Storage rows = storage();
    long before = pool.stats().inUse();
    uses(storage, 3);
    assertEquals(before + BYTES, pool.stats().inUse());
    storage.bumpVersion();
    assertEquals(before, pool.stats().inUse());
    Strided all = new Strided(storage, DType.FLOAT32, LAYOUT);
    Strided more = new Strided(storage(), DType.FLOAT32, LAYOUT);
    before += 64;
    List<Runnable> changes =
        List.of(
            () -> all.upload(new float[4], 0, 4, 8),
            () -> more.transfer(all, 64),
            storage::contentChanged,
            () -> storage.settle(rows),
            storage::close);
    for (int i = 0; i < changes.size(); i++) {
      uses(storage, 2);
      assertEquals(before + BYTES, pool.stats().inUse(), "before change " + i);
      changes.get(i).run();
      before -= i < 3 ? 0 : 64;
      assertEquals(before, pool.stats().inUse(), "after change " + i);
    }
    MemoryException e = assertThrows(MemoryException.class, storage::packed);
    assertEquals(true, e.getMessage().startsWith("this tensor's memory was released"));
  }

  @Test
  @DisplayName("stays readable for who reads it when it is dropped")
  void readWhileDropped() {
    Storage storage = storage();
    long before = pool.stats().inUse();
    uses(storage, 2);
    try (PackedCopies.Copy copy = lease(storage, "f", BYTES)) {
      assertNotNull(copy);
      storage.bumpVersion();
      assertEquals(before + BYTES, pool.stats().inUse());
      assertEquals(packed, Raw.getInt(copy.address()));
      try (PackedCopies.Copy next = lease(storage, "f", BYTES)) {
        assertEquals(packed, Raw.getInt(next.address()));
        assertEquals(packed - 1, Raw.getInt(copy.address()));
      }
    }
    storage.bumpVersion();
    assertEquals(before, pool.stats().inUse());
  }

  @Test
  @DisplayName("of which one cannot be filled is given back, and the error passes through")
  void failing() {
    Storage storage = storage();
    long before = pool.stats().inUse();
    assertEquals("own", uses(storage, 1));
    IllegalStateException fault = new IllegalStateException("no reorder");
    IllegalStateException thrown =
        assertThrows(
            IllegalStateException.class,
            () ->
                storage
                    .packed()
                    .lease(
                        "f",
                        LAYOUT,
                        BYTES,
                        a -> {
                          throw fault;
                        }));
    assertSame(fault, thrown);
    assertEquals(before, pool.stats().inUse());
    assertEquals("made read", uses(storage, 2));
  }

  @Test
  @DisplayName("of content that changes while it is made is not kept")
  void changedMeanwhile() {
    Storage storage = storage();
    long before = pool.stats().inUse();
    uses(storage, 1);
    storage.packed().lease("f", LAYOUT, BYTES, a -> storage.bumpVersion()).close();
    assertEquals(before, pool.stats().inUse());
  }

  @Test
  @DisplayName("takes an eighth of the limit with all others, the least recently used go")
  void bounded() {
    pool.limit(8 * (pool.stats().inUse() + (12 << 20)));
    long third = pool.stats().limit() / 8 / 3;
    List<Storage> four = List.of(storage(), storage(), storage(), storage());
    for (Storage storage : four.subList(0, 3)) {
      isCopied(storage, "f", third);
      isCopied(storage, "f", third);
    }
    isCopied(four.get(0), "f", third); // the second is the eldest now
    int before = packed;
    isCopied(four.get(3), "f", third);
    isCopied(four.get(3), "f", third);
    isCopied(four.get(0), "f", third);
    isCopied(four.get(2), "f", third);
    assertEquals(before + 1, packed, "three fit");
    isCopied(four.get(1), "f", third);
    assertEquals(before + 2, packed, "the eldest went");
    Storage large = storage();
    for (int i = 0; i < 3; i++) {
      assertEquals(false, isCopied(large, "f", 4 * third), "more than all may have");
    }
  }

  @Test
  @DisplayName("goes where memory is short, and none is made there")
  void pressure() {
    Storage storage = storage();
    pool.trim();
    pool.limit(pool.stats().reserved() + (42 << 20));
    long copy = 4 << 20;
    isCopied(storage, "f", copy);
    assertEquals(true, isCopied(storage, "f", copy));
    long inUse = pool.stats().inUse();
    Storage large = Storage.allocate(HostMemory.INSTANCE, 40 << 20, "a test");
    storages.add(large);
    // The collector may have found what other tests left.
    assertTrue(pool.stats().inUse() <= inUse - copy + large.bytes());
    assertEquals(false, isCopied(storage, "f", copy));
  }

  @Test
  @DisplayName("is the present content for all threads, while some change it in turn")
  void threads() throws Exception {
    Storage storage = storage();
    long before = pool.stats().inUse();
    AtomicInteger content = new AtomicInteger();
    var lock = new java.util.concurrent.locks.ReentrantReadWriteLock();
    List<FutureTask<Void>> tasks = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      int seed = t;
      tasks.add(
          new FutureTask<>(
              () -> {
                var random = new java.util.Random(seed);
                for (int n = 0; n < 3000; n++) {
                  boolean writes = random.nextInt(10) == 0;
                  var mine = writes ? lock.writeLock() : lock.readLock();
                  mine.lock();
                  try {
                    if (writes) {
                      content.incrementAndGet();
                      storage.bumpVersion();
                    } else {
                      checkRead(storage, content);
                    }
                  } finally {
                    mine.unlock();
                  }
                }
                return null;
              }));
    }
    tasks.forEach(task -> new Thread(task).start());
    for (FutureTask<Void> task : tasks) {
      task.get();
    }
    storage.bumpVersion();
    assertEquals(before, pool.stats().inUse());
  }

  private static void checkRead(Storage storage, AtomicInteger content) {
    try (PackedCopies.Copy copy =
        storage.packed().lease("f", LAYOUT, 64, a -> Raw.putInt(a, content.get()))) {
      if (copy != null) {
        assertEquals(content.get(), Raw.getInt(copy.address()));
      }
    }
  }
}
