package io.kindling.device.cpu;

import io.kindling.core.DeviceException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The instruction sets that oneDNN has kernels for. Kernels of another set add in another order, so
 * hosts that are to agree to the bit are capped at the least of theirs, by {@code -Dkindling.isa}
 * or a job's {@code engine.isa}. A cap above what the host has does nothing.
 */
public enum Isa {
  /** The best that the host has. */
  AUTO(0),
  SSE41(0x1),
  AVX(0x3),
  AVX2(0x7),
  AVX2_VNNI(0xf),
  AVX2_VNNI_2(0x1f),
  AVX512(0x27),
  AVX512_VNNI(0x67),
  AVX512_BF16(0xe7),
  AVX512_FP16(0x1ef),
  AVX512_AMX(0xfef),
  AVX512_AMX_FP16(0x1fef),
  AVX10_2(0x201ff),
  AVX10_2_AMX_2(0x22fff);

  static final String PROPERTY = "kindling.isa";

  /** oneDNN's {@code dnnl_cpu_isa_t}. */
  private final int code;

  Isa(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  /** As it is written in settings and fingerprints. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * What {@code kindling.isa} asks for.
   *
   * @throws DeviceException listing what is valid
   */
  static Isa configured() {
    return parse(System.getProperty(PROPERTY, AUTO.text()));
  }

  /**
   * The instruction set of that name.
   *
   * @throws DeviceException listing what is valid
   */
  static Isa parse(String value) {
    for (Isa isa : values()) {
      if (isa.text().equals(value)) {
        return isa;
      }
    }
    String valid = Arrays.stream(values()).map(Isa::text).collect(Collectors.joining(", "));
    throw new DeviceException(PROPERTY + ": expected one of " + valid + ", got '" + value + "'");
  }

  /** The name of oneDNN's code. */
  static String text(int code) {
    for (Isa isa : values()) {
      if (isa.code == code) {
        return isa == AUTO ? System.getProperty("os.arch", "unknown") : isa.text();
      }
    }
    return "isa 0x" + Integer.toHexString(code);
  }
}
