package io.kindling.checkpoint;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A process, as far as another one can tell it.
 *
 * @param host its name
 * @param pid in its namespace
 * @param started milliseconds since 1970; tells it from a later process of the same number
 * @param namespace of the numbers: the machine's boot and the container; null where not known
 */
record Owner(String host, long pid, long started, @Nullable String namespace) {
  static final Owner UNKNOWN = new Owner("(unknown)", 0, 0, null);

  private static final Owner SELF =
      new Owner(
          localHost(),
          ProcessHandle.current().pid(),
          started(ProcessHandle.current()),
          currentNamespace());

  static Owner self() {
    return SELF;
  }

  /** Whether it surely ended: only told of processes that would be visible from here. */
  boolean ended() {
    return namespace != null
        && namespace.equals(SELF.namespace)
        && ProcessHandle.of(pid).map(process -> started(process) != started).orElse(true);
  }

  private static long started(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  private static @Nullable String currentNamespace() {
    try {
      String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
      return boot + " " + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
    } catch (IOException | UnsupportedOperationException e) {
      return null;
    }
  }

  private static String localHost() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "(unknown host)";
    }
  }

  @Override
  public String toString() {
    return "process " + pid + " on " + host;
  }
}
