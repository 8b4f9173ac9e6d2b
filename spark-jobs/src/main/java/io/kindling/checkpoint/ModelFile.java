package io.kindling.checkpoint;

import io.kindling.device.Scope;
import io.kindling.io.SafeTensors;
import io.kindling.nn.Module;
import io.kindling.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** A model's parameters and buffers as a safetensors file, and their hash. */
public final class ModelFile {
  private ModelFile() {}

  /** Writes the state under the names of {@link Module#stateDict}. */
  public static void write(OutputStream out, Module model, Map<String, String> metadata)
      throws IOException {
    write(out, model.stateDict(), metadata);
  }

  /** Writes a state that was taken from a model before. */
  public static void write(
      OutputStream out, Map<String, Tensor> state, Map<String, String> metadata)
      throws IOException {
    Map<String, String> all = new TreeMap<>(metadata);
    all.put("format", "pt");
    SafeTensors.write(out, state, all);
  }

  /**
   * Fills a model with what a file holds.
   *
   * @throws io.kindling.nn.StateDictException if the file is of another model
   */
  public static void load(InputStream in, String name, Module model) throws IOException {
    try (Scope scope = Scope.open()) {
      model.loadStateDict(SafeTensors.read(in, name));
    }
  }

  /**
   * SHA-256 in hexadecimal over parameters and buffers in the order of their names, each as its
   * elements in row-major order, little-endian.
   */
  public static String weightsSha256(Module model) {
    Map<String, Tensor> byName = new TreeMap<>(model.namedParameters());
    byName.putAll(model.namedBuffers());
    MessageDigest digest = Sha256.digest();
    byName.values().forEach(tensor -> digest.update(bytes(tensor)));
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Likewise over the elements of one tensor. */
  public static String sha256(Tensor tensor) {
    return HexFormat.of().formatHex(Sha256.digest().digest(bytes(tensor)));
  }

  private static byte[] bytes(Tensor tensor) {
    byte[] bytes =
        new byte[Math.toIntExact(Math.multiplyExact(tensor.numel(), tensor.dtype().size()))];
    try (Scope copies = Scope.temporaries()) {
      tensor.detach().contiguous().strided().download(0, bytes, 0, bytes.length);
    }
    return bytes;
  }
}
