package io.kindling.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The right to write into a directory, which one process has at a time: a file that its owner
 * renews. It is living while it changes; one that did not change for {@link #MISSES} intervals, as
 * the observer's own clock counts them, is taken over, because hosts' clocks differ.
 */
public final class Lease implements AutoCloseable {
  public static final String NAME = "_lease";

  static final int MISSES = 3;

  private static final Duration INTERVAL = Duration.ofSeconds(5);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Directory directory;
  private final Duration interval;
  private final String owner = UUID.randomUUID().toString();
  private final String run;
  private final Thread heart;
  private long sequence;
  private long renewed;
  private @Nullable String lost;
  private boolean closed;

  /**
   * What the file holds.
   *
   * @param owner unique
   * @param run for people
   * @param time of the last renewal by the owner's clock, for people
   * @param sequence changes with every renewal
   * @param intervalMillis between two renewals
   */
  record Content(
      String owner, String run, Owner process, String time, long sequence, long intervalMillis) {}

  private Lease(Directory directory, Duration interval, String run) {
    this.directory = directory;
    this.interval = interval;
    this.run = run;
    this.heart = new Thread(this::beat, "kindling-lease");
    heart.setDaemon(true);
  }

  /**
   * Takes the lease of a directory, which is made where it does not exist; waits until it is clear
   * whether an owner still lives.
   *
   * @param run what the owner is called in messages
   * @throws LeaseException if one does
   */
  public static Lease take(Directory directory, String run) throws IOException {
    return take(directory, run, INTERVAL);
  }

  static Lease take(Directory directory, String run, Duration interval) throws IOException {
    directory.create();
    Lease lease = new Lease(directory, interval, run);
    while (!directory.createText(NAME, lease.next())) {
      Content there = read(directory);
      if (there == null) {
        continue; // Released in this moment.
      }
      awaitStale(directory, there);
      directory.delete(NAME);
    }
    lease.renewed = System.nanoTime();
    lease.requireOwn(); // Where two were let through, the one that wrote last has it.
    lease.heart.start();
    return lease;
  }

  /** Returns when the owner is known to be gone; throws when it shows that it is not. */
  private static void awaitStale(Directory directory, Content there) throws IOException {
    if (there.process().ended()) {
      return;
    }
    long wait = Duration.ofMillis(there.intervalMillis()).multipliedBy(MISSES).toNanos();
    long start = System.nanoTime();
    while (System.nanoTime() - start < wait) {
      sleep(Duration.ofMillis(Math.max(10, there.intervalMillis() / 10)));
      Content now = read(directory);
      if (now == null) {
        return;
      }
      if (!now.equals(there)) {
        throw new LeaseException(
            String.format(
                "%s is being written by the run %s, %s, which renewed its lease just now; wait for"
                    + " its end or stop it, or give another --output",
                directory, now.run(), now.process()));
      }
    }
  }

  /**
   * To be asked before anything is written.
   *
   * @throws LeaseException if another has the lease, or the directory was deleted
   */
  public void requireHeld() throws IOException {
    synchronized (this) {
      if (lost != null) {
        throw new LeaseException(lost);
      }
      if (System.nanoTime() - renewed < interval.multipliedBy(MISSES - 1).toNanos()) {
        return; // Nobody can have found it stale.
      }
    }
    renew();
  }

  /** As {@link #requireHeld}, but asks the file system in any case. */
  public synchronized void requireOwn() throws IOException {
    Content there = read(directory);
    if (there == null || !there.owner().equals(owner)) {
      lost = loss(there);
      throw new LeaseException(lost);
    }
  }

  private String loss(@Nullable Content there) {
    return there == null
        ? directory + " was deleted while the run " + run + " was writing it; run it again"
        : String.format(
            "%s was taken over by the run %s, %s, while this one was not heard of; it stops",
            directory, there.run(), there.process());
  }

  private synchronized void renew() throws IOException {
    if (closed) {
      return;
    }
    requireOwn();
    long now = System.nanoTime();
    directory.publishText(NAME, next());
    renewed = now;
  }

  private String next() {
    String time = Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
    Content content = new Content(owner, run, Owner.self(), time, sequence++, interval.toMillis());
    try {
      return JSON.writeValueAsString(content) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a lease is always writable", e);
    }
  }

  /** A file system that is away for a while costs nothing as long as nobody takes over. */
  private void beat() {
    while (true) {
      try {
        Thread.sleep(interval.toMillis());
        renew();
      } catch (LeaseException | InterruptedException e) {
        return; // Told to whoever asks next.
      } catch (IOException | RuntimeException e) {
        continue;
      }
    }
  }

  /** What is there; null for nothing. What cannot be read is being written, or from elsewhere. */
  private static @Nullable Content read(Directory directory) throws IOException {
    String text;
    try {
      text = directory.readText(NAME);
    } catch (FileNotFoundException e) {
      return null;
    }
    try {
      return JSON.readValue(text, Content.class);
    } catch (JsonProcessingException e) {
      return new Content(text, "(unknown)", Owner.UNKNOWN, "", 0, INTERVAL.toMillis());
    }
  }

  private static void sleep(Duration time) throws InterruptedIOException {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for a lease");
    }
  }

  /** Gives the lease back, if it is still held. */
  @Override
  public void close() throws IOException {
    heart.interrupt();
    synchronized (this) {
      closed = true;
      Content there = read(directory);
      if (there != null && there.owner().equals(owner)) {
        directory.delete(NAME);
      }
    }
  }
}
