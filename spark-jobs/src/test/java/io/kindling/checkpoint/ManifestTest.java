package io.kindling.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A manifest")
class ManifestTest {
  private static Directory sealed(String bucket) throws IOException {
    Directory directory = Directory.of("s3a://" + bucket + "/c", ObjectStore.configuration());
    Manifest manifest = new Manifest();
    manifest.publishText(directory, "a", "one");
    manifest.publish(directory, "b", out -> out.write(new byte[100_000]));
    manifest.seal(directory, "_SUCCESS");
    return directory;
  }

  @Test
  @DisplayName("lists files with length and hash, and finds nothing wrong with what was written")
  void whole() throws IOException {
    Directory directory = sealed("whole");
    assertEquals(List.of("MANIFEST.json", "_SUCCESS", "a", "b"), directory.names());
    assertEquals(List.of(), Manifest.read(directory).faults(directory));
    String json = directory.readText(Manifest.NAME);
    assertTrue(json.contains("\"length\" : 100000"), json);
    // printf one | sha256sum
    assertTrue(
        json.contains("7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"), json);
  }

  @Test
  @DisplayName("names each file that is missing, cut or has a flipped bit")
  void damaged() throws IOException {
    Directory directory = sealed("damaged");
    directory.publish("b", out -> out.write(new byte[99_999]));
    directory.delete("a");
    List<String> faults = Manifest.read(directory).faults(directory);
    assertEquals(2, faults.size(), faults.toString());
    assertEquals("a is missing", faults.get(0));
    assertTrue(faults.get(1).startsWith("b has 99999 bytes with the SHA-256 "), faults.get(1));
    directory.publishText("a", "onf");
    assertTrue(
        Manifest.read(directory).faults(directory).get(0).startsWith("a has 3 bytes"),
        "the length alone does not tell");
  }

  @Test
  @DisplayName("that is no JSON is an error that names it")
  void unreadable() throws IOException {
    Directory directory = sealed("unreadable");
    directory.publishText(Manifest.NAME, "{\"a\": {");
    IOException e = assertThrows(IOException.class, () -> Manifest.read(directory));
    assertTrue(
        e.getMessage().startsWith("s3a://unreadable/c/MANIFEST.json cannot be read: "),
        e.getMessage());
  }
}
