package io.kindling.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A directory of whole files")
class DirectoryTest {
  private static final Configuration HADOOP = new Configuration(false);

  @TempDir Path dir;

  private List<String> everything(Path path) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  @DisplayName("a published file replaces the old one and leaves nothing beside it")
  void publish() throws IOException {
    Directory directory = Directory.of(dir.resolve("a/b").toString(), HADOOP);
    assertEquals(List.of(), directory.names());
    directory.create();
    directory.publishText("x", "one");
    directory.publishText("x", "two");
    assertEquals("two", directory.readText("x"));
    assertEquals(List.of("x"), everything(dir.resolve("a/b")));
    directory.delete("x");
    directory.delete("x");
    assertEquals(List.of(), directory.names());
  }

  @Test
  @DisplayName("a writer that fails leaves the old content and no temporary file")
  void failure() throws IOException {
    Directory directory = Directory.of(dir.toString(), HADOOP);
    directory.publishText("x", "old");
    IOException e =
        assertThrows(
            IOException.class,
            () ->
                directory.publish(
                    "x",
                    out -> {
                      out.write(new byte[10_000]);
                      throw new IOException("the disk is full");
                    }));
    assertEquals("the disk is full", e.getMessage());
    assertEquals("old", directory.readText("x"));
    assertEquals(List.of("x"), everything(dir));
  }

  @Test
  @DisplayName("a full disk is told with the path, which the operating system does not name")
  void full() throws IOException {
    Directory directory = Directory.of(dir.toString(), HADOOP);
    IOException e =
        assertThrows(
            IOException.class,
            () ->
                directory.publish(
                    "x",
                    out -> {
                      throw new IOException("No space left on device");
                    }));
    assertEquals("file:" + dir + ": No space left on device", e.getMessage());
    assertEquals(List.of(), everything(dir));
  }

  @Test
  @DisplayName(
      "a disk that is full, at the end of a file or before, is told with the path, and no part stays")
  void fullAtTheEnd() throws IOException {
    try (SmallDisk disk = SmallDisk.mount(dir, 64)) {
      Directory directory = Directory.of(dir.toString(), HADOOP);
      directory.publishText("x", "old");
      disk.fill(0);
      IOException e = assertThrows(IOException.class, () -> directory.publishText("x", "new"));
      assertEquals("file:" + dir + ": No space left on device", e.getMessage());
      e = assertThrows(IOException.class, () -> directory.publishText("x", "n".repeat(9999)));
      assertEquals("file:" + dir + ": No space left on device", e.getMessage());
      e = assertThrows(IOException.class, () -> directory.createText("lease", "mine"));
      assertEquals("file:" + dir + ": No space left on device", e.getMessage());
      disk.empty();
      assertEquals("old", directory.readText("x"));
      assertEquals(List.of("x"), everything(dir));
    }
  }

  @Test
  @DisplayName("what a killed process left is cleared away")
  void temporaries() throws IOException {
    Files.writeString(dir.resolve(".status.json.tmp-1234"), "half");
    Files.writeString(dir.resolve("status.json"), "whole");
    Directory directory = Directory.of(dir.toString(), HADOOP);
    assertEquals(List.of("status.json"), directory.names());
    directory.deleteTemporaries();
    assertEquals(List.of("status.json"), everything(dir));
  }

  @Test
  @DisplayName("a file in the directory's place is an error that says so")
  void file() throws IOException {
    Path file = Files.writeString(dir.resolve("f"), "text");
    for (String place : List.of(file.toString(), file.resolve("below").toString())) {
      FileAlreadyExistsException e =
          assertThrows(
              FileAlreadyExistsException.class, () -> Directory.of(place, HADOOP).create());
      assertTrue(e.getMessage().endsWith("there is a file in its place"), e.getMessage());
    }
    assertThrows(
        FileAlreadyExistsException.class, () -> Directory.of(file.toString(), HADOOP).names());
  }

  @Test
  @DisplayName("a directory in a file's place is an error, and stays as it is")
  void directoryInPlace() throws IOException {
    Files.createDirectory(dir.resolve("x"));
    Directory directory = Directory.of(dir.toString(), HADOOP);
    FileAlreadyExistsException e =
        assertThrows(FileAlreadyExistsException.class, () -> directory.publishText("x", "text"));
    assertEquals(
        directory.resolve("x") + ": expected a file's name, and there is a directory of that name",
        e.getMessage());
    assertEquals(List.of("x"), everything(dir));
    assertEquals(List.of(), everything(dir.resolve("x")));
  }

  @Test
  @DisplayName("a path may hold what patterns are made of")
  void pattern() throws IOException {
    Directory directory = Directory.of(dir.resolve("o[1").toString(), HADOOP);
    directory.deleteTemporaries();
    directory.create();
    directory.publishText("x", "text");
    directory.deleteTemporaries();
    assertEquals(List.of("x"), directory.names());
  }

  @Test
  @DisplayName("what cannot be written is no missing input, but an error that names the directory")
  void unwritable() throws IOException {
    Directory directory = Directory.of(dir.toString(), HADOOP);
    AccessDeniedException e =
        assertThrows(
            AccessDeniedException.class, () -> directory.publishText("x".repeat(300), "text"));
    assertTrue(e.getMessage().startsWith(directory + ": cannot write there, "), e.getMessage());
    assertEquals(List.of(), everything(dir));
  }

  @Test
  @DisplayName(
      "an object whose writer fails is aborted: the old one stays, a new one never appears")
  void aborted() throws IOException {
    Directory directory = Directory.of("s3a://aborted/out", ObjectStore.configuration());
    directory.publishText("x", "old");
    for (String name : List.of("x", "y")) {
      IOException e =
          assertThrows(
              IOException.class,
              () ->
                  directory.publish(
                      name,
                      out -> {
                        out.write(new byte[10_000]);
                        throw new IOException("the connection is gone");
                      }));
      assertEquals("the connection is gone", e.getMessage());
    }
    assertEquals("old", directory.readText("x"));
    assertEquals(List.of("x"), directory.names());
  }

  @Test
  @DisplayName("what a guard refuses is neither written nor deleted")
  void guarded() throws IOException {
    Directory free = Directory.of(dir.toString(), HADOOP);
    free.publishText("x", "old");
    Directory guarded =
        free.guardedBy(
            () -> {
              throw new IOException("not yours");
            });
    assertThrows(IOException.class, () -> guarded.publishText("x", "new"));
    assertThrows(IOException.class, () -> guarded.child("below").publishText("x", "new"));
    assertThrows(IOException.class, () -> guarded.delete("x"));
    assertThrows(IOException.class, guarded::deleteTemporaries);
    assertEquals("old", guarded.readText("x"));
    assertEquals(List.of("x"), everything(dir));
  }
}
