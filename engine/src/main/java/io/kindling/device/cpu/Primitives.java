package io.kindling.device.cpu;

import static org.bytedeco.dnnl.global.dnnl.*;

import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.bytedeco.dnnl.dnnl_stream;
import org.jspecify.annotations.Nullable;

/**
 * One thread's prepared primitives, least recently used ones freed first, with the stream and the
 * memory they run with. Each thread has its own because a primitive's addresses are set before it
 * runs.
 *
 * <p>A dead thread's primitives are freed when the next thread comes, or when the collector finds
 * the thread gone, whichever is earlier.
 */
final class Primitives implements AutoCloseable {
  /** How many primitives a thread keeps; a training loop has some tens of shapes. */
  static final int LIMIT = 1024;

  private static final Cleaner CLEANER = Cleaner.create();
  private static final Queue<Owned> ALL = new ConcurrentLinkedQueue<>();
  private static final ThreadLocal<Primitives> LOCAL = ThreadLocal.withInitial(Primitives::start);

  /** Which thread's primitives these are, without keeping the thread. */
  private record Owned(WeakReference<Thread> thread, Primitives primitives) {
    boolean isOrphan() {
      Thread t = thread.get();
      return t == null || !t.isAlive();
    }
  }

  private final Map<Key, @Nullable Plan> plans = new LinkedHashMap<>(64, 0.75f, true);
  private final Key probe = new Key();
  private final dnnl_stream stream = new dnnl_stream();
  private final Sgemm sgemm = new Sgemm();
  private final Sums sums = new Sums(sgemm);
  private final Numbers numbers = new Numbers();
  private final int limit;
  private final Block scratch = new Block("oneDNN scratch memory");
  private final Block work = new Block("oneDNN work memory");
  private long reorders;
  private boolean closed;

  Primitives(int limit) {
    this.limit = limit;
    Dnnl.check(dnnl_stream_create(stream, Dnnl.ENGINE, dnnl_stream_default_flags), "stream");
  }

  private static Primitives start() {
    freeOrphans();
    OpenMp.useOneThread();
    Primitives made = new Primitives(LIMIT);
    Thread thread = Thread.currentThread();
    ALL.add(new Owned(new WeakReference<>(thread), made));
    CLEANER.register(thread, Primitives::freeOrphans);
    return made;
  }

  /** The calling thread's. */
  static Primitives local() {
    return LOCAL.get();
  }

  /** Frees what dead threads left. */
  static synchronized void freeOrphans() {
    for (Iterator<Owned> i = ALL.iterator(); i.hasNext(); ) {
      Owned owned = i.next();
      if (owned.isOrphan()) {
        i.remove();
        owned.primitives().close();
      }
    }
  }

  /** How many threads have primitives now. */
  static int threads() {
    return ALL.size();
  }

  dnnl_stream stream() {
    return stream;
  }

  Sgemm sgemm() {
    return sgemm;
  }

  Sums sums() {
    return sums;
  }

  Numbers numbers() {
    return numbers;
  }

  /** An empty key to fill for {@link #find}; there is one, so look up before asking again. */
  Key key(PrimitiveKind kind) {
    return probe.start(kind);
  }

  /**
   * The plan of a key, made at first use.
   *
   * @return null where oneDNN has no fast primitive for it, which is remembered too
   */
  @Nullable Plan find(Key key, PrimitiveKind kind, Supplier<@Nullable Plan> make) {
    Plan plan = plans.get(key);
    if (plan == null && !plans.containsKey(key)) {
      Key stored = key.copy();
      plan = make.get();
      if (plan == null) {
        Fallbacks.log(kind, stored);
      }
      plans.put(stored, plan);
      evict();
    }
    return plan;
  }

  private void evict() {
    Iterator<@Nullable Plan> eldest = plans.values().iterator();
    while (plans.size() > limit) {
      Plan plan = eldest.next();
      eldest.remove();
      if (plan != null) {
        plan.close();
      }
    }
  }

  /** What primitives pack into and compute in while they run. */
  Block scratch() {
    return scratch;
  }

  /** Room for intermediate results between primitives. */
  Block work() {
    return work;
  }

  /** A tensor is brought into another memory order or format. */
  void countReorder() {
    reorders++;
  }

  /** How often since the thread began: what a stack of layers in one order does not do. */
  long reorders() {
    return reorders;
  }

  int size() {
    return plans.size();
  }

  /** Kind, shapes and implementation of everything prepared, the least recently used first. */
  List<String> names() {
    List<String> names = new ArrayList<>();
    for (Plan plan : plans.values()) {
      if (plan != null) {
        names.add(plan.name());
      }
    }
    return names;
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      for (Plan plan : plans.values()) {
        if (plan != null) {
          plan.close();
        }
      }
      plans.clear();
      scratch.close();
      work.close();
      sums.close();
      numbers.close();
      dnnl_stream_destroy(stream);
    }
  }
}
