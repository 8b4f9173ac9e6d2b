package io.kindling.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The lease of a directory")
@Timeout(30)
class LeaseTest {
  private static final Duration QUICK = Duration.ofMillis(100);

  /** Of an owner that nobody sees from here and that does not renew. */
  private static final String SILENT =
      "{\"owner\":\"x\",\"run\":\"old\",\"process\":{\"host\":\"far\",\"pid\":1,\"started\":0,"
          + "\"namespace\":null},\"time\":\"then\",\"sequence\":3,\"intervalMillis\":100}";

  @TempDir Path dir;
  private Directory directory;

  @BeforeEach
  void open() throws IOException {
    directory = Directory.of(dir.resolve("out").toString(), new Configuration(false));
  }

  private Path file() {
    return dir.resolve("out").resolve(Lease.NAME);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "s3a://lease/out"})
  @DisplayName("a second owner is refused while the first renews, and let in when it is closed")
  void refused(String store) throws IOException {
    Directory place =
        store.isEmpty() ? directory : Directory.of(store, ObjectStore.configuration());
    try (Lease first = Lease.take(place, "one", QUICK)) {
      first.requireHeld();
      LeaseException e = assertThrows(LeaseException.class, () -> Lease.take(place, "two", QUICK));
      assertEquals(
          place
              + " is being written by the run one, "
              + Owner.self()
              + ", which renewed its lease just now; wait for its end or stop it, or give another"
              + " --output",
          e.getMessage());
      first.requireHeld();
    }
    assertFalse(place.has(Lease.NAME));
    Lease.take(place, "two", QUICK).close();
    assertEquals(List.of(), place.names());
  }

  @Test
  @DisplayName("one that is not renewed is taken over, after three intervals and not before")
  void stale() throws IOException {
    directory.create();
    Files.writeString(file(), SILENT);
    long start = System.nanoTime();
    try (Lease lease = Lease.take(directory, "new", QUICK)) {
      assertTrue(System.nanoTime() - start >= TimeUnit.MILLISECONDS.toNanos(300));
      lease.requireOwn();
    }
  }

  @Test
  @DisplayName("that of a process of this machine that ended is taken over at once")
  void gone() throws Exception {
    Process other = new ProcessBuilder("sleep", "0").start();
    other.waitFor();
    Owner self = Owner.self();
    Owner gone = new Owner(self.host(), other.pid(), 1, self.namespace());
    Owner reused = new Owner(self.host(), self.pid(), self.started() - 1, self.namespace());
    Owner elsewhere = new Owner(self.host(), other.pid(), 1, "another boot");
    assertTrue(gone.ended());
    assertTrue(reused.ended(), "the number went to another process");
    assertFalse(elsewhere.ended(), "not visible from here");
    assertFalse(self.ended());
    assertFalse(Owner.UNKNOWN.ended());

    directory.create();
    Files.writeString(
        file(),
        SILENT
            .replaceFirst("\\{\"host.*?\\}", new ObjectMapper().writeValueAsString(gone))
            .replace(":100}", ":1000000}"));
    Lease.take(directory, "new").close();
  }

  @Test
  @DisplayName("an owner that was taken over is told so before it writes")
  void lost() throws Exception {
    Lease first = Lease.take(directory, "first", QUICK);
    Directory guarded = directory.guardedBy(first::requireHeld);
    guarded.publishText("x", "mine");
    Files.writeString(file(), SILENT); // As if it had been stopped for long enough.
    Thread.sleep(3 * QUICK.toMillis());
    LeaseException e =
        assertThrows(LeaseException.class, () -> guarded.publishText("x", "mine again"));
    assertEquals(
        directory
            + " was taken over by the run old, process 1 on far, while this one was not heard of;"
            + " it stops",
        e.getMessage());
    assertEquals("mine", directory.readText("x"));
    first.close();
    assertEquals(SILENT, Files.readString(file()), "another's lease is not given back");
  }

  @Test
  @DisplayName("a directory that was deleted is a lease that was lost, and is not made again")
  void deleted() throws Exception {
    try (Lease lease = Lease.take(directory, "one", QUICK)) {
      Files.delete(file());
      Files.delete(dir.resolve("out"));
      LeaseException e = assertThrows(LeaseException.class, lease::requireOwn);
      assertEquals(
          directory + " was deleted while the run one was writing it; run it again",
          e.getMessage());
      Thread.sleep(3 * QUICK.toMillis());
      assertThrows(LeaseException.class, lease::requireHeld);
    }
    assertFalse(Files.exists(dir.resolve("out")));
  }

  @Test
  @DisplayName("it is renewed in the background")
  void renewed() throws Exception {
    try (Lease lease = Lease.take(directory, "one", QUICK)) {
      String before = Files.readString(file());
      Thread.sleep(4 * QUICK.toMillis());
      assertNotEquals(before, Files.readString(file()));
      lease.requireHeld();
    }
  }
}
