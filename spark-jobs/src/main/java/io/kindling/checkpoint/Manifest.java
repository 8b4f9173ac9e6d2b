package io.kindling.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileNotFoundException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which files belong together, each with its length and hash: written after them and before the
 * marker, because several files never appear at once.
 */
public final class Manifest {
  public static final String NAME = "MANIFEST.json";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final TreeMap<String, Entry> files;

  /**
   * A file.
   *
   * @param length in bytes
   * @param sha256 of its bytes, in hexadecimal
   */
  public record Entry(long length, String sha256) {}

  public Manifest() {
    this(Map.of());
  }

  private Manifest(Map<String, Entry> files) {
    this.files = new TreeMap<>(files);
  }

  /** The manifest in a directory. */
  public static Manifest read(Directory directory) throws IOException {
    try {
      return new Manifest(JSON.readValue(directory.readText(NAME), new TypeReference<>() {}));
    } catch (JsonProcessingException e) {
      throw new IOException(directory.resolve(NAME) + " cannot be read: " + e.getOriginalMessage());
    }
  }

  /** Publishes a file and takes it up. */
  public void publish(Directory directory, String name, Directory.Content content)
      throws IOException {
    files.put(name, directory.publish(name, content));
  }

  /** As {@link #publish} with text in UTF-8. */
  public void publishText(Directory directory, String name, String text) throws IOException {
    files.put(name, directory.publishText(name, text));
  }

  /** Takes up a file that was published before. */
  public void put(String name, Entry written) {
    files.put(name, written);
  }

  /** Writes the manifest itself, then an empty marker. */
  public void seal(Directory directory, String marker) throws IOException {
    try {
      String json = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(files);
      directory.publishText(NAME, json + "\n");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a manifest is always writable", e);
    }
    directory.publishText(marker, "");
  }

  /** What is wrong with the files that it lists, read whole; empty where nothing is. */
  public List<String> faults(Directory directory) throws IOException {
    List<String> faults = new ArrayList<>();
    for (Map.Entry<String, Entry> file : files.entrySet()) {
      String name = file.getKey();
      try (InputStream in = directory.open(name)) {
        Measured found = new Measured(OutputStream.nullOutputStream());
        in.transferTo(found);
        if (!found.entry().equals(file.getValue())) {
          faults.add(
              String.format(
                  "%s has %d bytes with the SHA-256 %s, expected %d with %s",
                  name,
                  found.entry().length(),
                  Sha256.brief(found.entry().sha256()),
                  file.getValue().length(),
                  Sha256.brief(file.getValue().sha256())));
        }
      } catch (FileNotFoundException e) {
        faults.add(name + " is missing");
      }
    }
    return faults;
  }

  /** Passes on what is written, and knows its length and hash. */
  static final class Measured extends FilterOutputStream {
    private final java.security.MessageDigest digest = Sha256.digest();
    private long length;

    Measured(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
      digest.update((byte) b);
      length++;
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      out.write(bytes, from, count);
      digest.update(bytes, from, count);
      length += count;
    }

    Entry entry() {
      return new Entry(length, HexFormat.of().formatHex(digest.digest()));
    }
  }
}
