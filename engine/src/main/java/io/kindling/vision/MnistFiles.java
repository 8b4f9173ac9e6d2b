package io.kindling.vision;

import io.kindling.core.DataException;
import io.kindling.core.KindlingException;
import io.kindling.data.Idx;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * The four files of a data set in MNIST's layout, where they come from and what they hold.
 *
 * @param name of the data set
 * @param url of the folder that has the files, with a slash at the end
 * @param classes their names, by label
 * @param md5 by file name without {@code .gz}: the checksums of the published gzip file and, where
 *     known, of its content
 */
record MnistFiles(String name, String url, List<String> classes, Map<String, List<String>> md5) {
  private static final String GZIP = ".gz";

  static String images(boolean train) {
    return (train ? "train" : "t10k") + "-images-idx3-ubyte";
  }

  static String labels(boolean train) {
    return (train ? "train" : "t10k") + "-labels-idx1-ubyte";
  }

  Idx.IdxArray readImages(Path root, boolean train, boolean verify) {
    Path path = find(root, images(train));
    try {
      return Idx.readImages(
          new ByteArrayInputStream(bytes(path, images(train), verify)), path.toString());
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  Idx.IdxArray readLabels(Path root, boolean train, boolean verify) {
    Path path = find(root, labels(train));
    try {
      return Idx.readLabels(
          new ByteArrayInputStream(bytes(path, labels(train), verify)), path.toString());
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  private static DataException unreadable(Path path, IOException e) {
    return new DataException(path + ": cannot be read: " + e.getMessage(), e);
  }

  /** In the root itself or where torchvision keeps it; plain or gzip. */
  private Path find(Path root, String file) {
    for (Path folder : List.of(root, root.resolve(name).resolve("raw"))) {
      for (String ending : List.of("", GZIP)) {
        Path path = folder.resolve(file + ending);
        if (Files.isRegularFile(path)) {
          return path;
        }
      }
    }
    throw new DataException(
        name
            + ": "
            + file
            + " or "
            + file
            + GZIP
            + " not found in "
            + root
            + "; nothing is downloaded here: fetch "
            + url
            + file
            + GZIP
            + " and the other files of the set into that folder");
  }

  private byte[] bytes(Path path, String file, boolean verify) throws IOException {
    byte[] bytes = Files.readAllBytes(path);
    if (verify) {
      verify(path, file, bytes);
    }
    return bytes;
  }

  /** The published file passes, and so does the same content compressed in another way. */
  private void verify(Path path, String file, byte[] bytes) throws IOException {
    List<String> known = md5.getOrDefault(file, List.of());
    String got = md5(bytes);
    boolean matches = known.contains(got);
    if (!matches && path.toString().endsWith(GZIP)) {
      matches = known.contains(md5(inflated(path, bytes)));
    }
    if (!matches) {
      throw new DataException(
          path
              + ": not the published file: MD5 "
              + got
              + ", expected "
              + String.join(" or ", known)
              + "; fetch it again from "
              + url
              + file
              + GZIP
              + ", or do not ask for verification");
    }
  }

  private static byte[] inflated(Path path, byte[] bytes) {
    try (var in = new java.util.zip.GZIPInputStream(new ByteArrayInputStream(bytes))) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new DataException(path + ": damaged gzip (" + e.getMessage() + "); fetch it again", e);
    }
  }

  private static String md5(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new KindlingException("this JVM has no SHA-256", e);
    }
  }
}
