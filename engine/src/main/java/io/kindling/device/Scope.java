package io.kindling.device;

import io.kindling.core.KindlingException;
import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Releases what was allocated inside it, on this thread, when it closes: put one around each
 * training step and native memory stays flat without a garbage collection.
 *
 * <pre>{@code
 * try (Scope step = Scope.open()) {
 *   optimizer.zeroGrad();
 *   Tensor loss = lossFunction.forward(model.forward(x), y);
 *   loss.backward();
 *   optimizer.step();
 *   total += loss.item();
 * }
 * }</pre>
 *
 * What must outlive it is passed to {@link #keep}. A gradient belongs to the scope in which its
 * backward ran: to accumulate over several batches, open one scope around all of them. Scopes nest.
 * Without a scope the garbage collector releases storages; that works and costs more memory.
 */
public final class Scope implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Scope.class);
  private static final Cleaner CLEANER = Cleaner.create();
  private static final StackWalker FRAMES = StackWalker.getInstance();

  /** One line is enough: a step that leaves a scope open does so each time. */
  static final AtomicBoolean WARNED = new AtomicBoolean();

  private static final ThreadLocal<@Nullable Scope> CURRENT = new ThreadLocal<>();

  /** Of a scope that nobody can close any more, because its thread died: left to the collector. */
  private static final class Held implements Runnable {
    final List<Storage> storages = new ArrayList<>();

    @Override
    public void run() {
      for (Storage storage : storages) {
        if (!storage.isReleased()) {
          storage.leaveToCollector();
        }
      }
      storages.clear();
    }
  }

  private final @Nullable Scope parent;
  private final boolean owning;
  private final boolean temporary;
  private final Held held = new Held();
  private Cleaner.@Nullable Cleanable orphaned;
  private StackWalker.@Nullable StackFrame opener;
  private final Set<Storage> kept = Collections.newSetFromMap(new IdentityHashMap<>(2));
  private boolean closed;

  private Scope(@Nullable Scope parent, boolean owning, boolean temporary) {
    this.parent = parent;
    this.owning = owning;
    this.temporary = temporary;
  }

  /**
   * Opens a scope on this thread; close it on the same thread. Scopes that are still open inside it
   * close with it.
   */
  public static Scope open() {
    return enter(true, false);
  }

  /**
   * For the engine's own code between two points where no user's code runs: what is allocated
   * inside and not kept is {@linkplain Storage#abandon abandoned} at the end, so that it goes back
   * as soon as the graph does not need it.
   */
  public static Scope temporaries() {
    return enter(true, true);
  }

  /**
   * Suspends the enclosing scopes: what is allocated until it closes belongs to none of them. For
   * state made lazily in the middle of a step, such as an optimizer's moments.
   */
  public static Scope none() {
    return enter(false, false);
  }

  private static Scope enter(boolean owning, boolean temporary) {
    Scope scope = new Scope(CURRENT.get(), owning, temporary);
    if (owning && !temporary) {
      scope.orphaned = CLEANER.register(scope, scope.held);
      if (scope.parent != null) {
        // The caller of open(), for the scope around this one to name; it takes a microsecond.
        scope.opener = FRAMES.walk(frames -> frames.skip(2).findFirst().orElse(null));
      }
    }
    CURRENT.set(scope);
    return scope;
  }

  static @Nullable Scope current() {
    Scope scope = CURRENT.get();
    return scope != null && scope.owning ? scope : null;
  }

  void adopt(Storage storage) {
    held.storages.add(storage);
  }

  /** The storage passes to the enclosing scope, or to the garbage collector where there is none. */
  public void keep(Storage storage) {
    kept.add(storage);
  }

  /** Whether the storage was allocated in this scope. */
  public boolean owns(Storage storage) {
    return held.storages.contains(storage);
  }

  /** By this scope or by one around it. */
  private boolean isKept(Storage storage) {
    for (Scope s = this; s != null; s = s.parent) {
      if (!s.kept.isEmpty() && s.kept.contains(storage)) {
        return true;
      }
    }
    return false;
  }

  /** Releases everything that was allocated in this scope and not kept. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closeInner();
    closed = true;
    CURRENT.set(parent);
    release();
    if (orphaned != null) {
      orphaned.clean();
    }
  }

  /** A scope inside that nobody closed must not keep its thread's memory for good. */
  private void closeInner() {
    Scope inner = CURRENT.get();
    while (inner != null && inner != this) {
      inner = inner.parent;
    }
    if (inner == null) {
      throw new KindlingException("a Scope closes on the thread that opened it");
    }
    for (Scope open = CURRENT.get(); open != null && open != this; open = CURRENT.get()) {
      if (open.opener != null && WARNED.compareAndSet(false, true)) {
        LOG.warn(
            "the Scope opened at {} was not closed; it closes with the one around it. Use try"
                + " (Scope s = Scope.open()). Others like it are not reported",
            open.opener);
      }
      open.close();
    }
  }

  private void release() {
    List<Storage> storages = List.copyOf(held.storages);
    held.storages.clear();
    for (Storage storage : storages) {
      boolean keep = isKept(storage);
      if (!keep && temporary) {
        storage.abandon();
      } else if (!keep) {
        storage.close();
      }
      if (storage.isReleased()) {
        continue;
      }
      if (parent != null && parent.owning) {
        parent.adopt(storage);
      } else {
        storage.leaveToCollector();
      }
    }
  }
}
