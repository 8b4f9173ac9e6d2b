package io.kindling.device.cpu;

import io.kindling.core.DeviceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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

  /**
   * The best set that this host and {@code kindling.isa} allow, by what Linux tells of the
   * processor; asking does not make oneDNN choose, as asking oneDNN would. {@link #AUTO} where that
   * is not known. AMX and AVX10, which take more than a processor's word, are not told apart.
   */
  public static Isa available() {
    Isa best = AUTO;
    Set<String> flags = Flags.OF_HOST;
    for (Isa isa : values()) {
      List<String> needed = Flags.NEEDED.get(isa);
      if (needed != null && flags.containsAll(needed)) {
        best = isa;
      }
    }
    Isa cap = configured();
    return cap == AUTO || best == AUTO ? best : best.common(cap);
  }

  private static final class Flags {
    private static final List<String> AVX512 =
        List.of("avx512f", "avx512bw", "avx512dq", "avx512vl");

    /** In Linux's words; each set holds those before it. */
    static final Map<Isa, List<String>> NEEDED =
        Map.of(
            SSE41,
            List.of("sse4_1"),
            AVX,
            List.of("avx"),
            AVX2,
            List.of("avx2", "fma"),
            AVX2_VNNI,
            List.of("avx2", "fma", "avx_vnni"),
            Isa.AVX512,
            AVX512,
            AVX512_VNNI,
            and("avx512_vnni"),
            AVX512_BF16,
            and("avx512_vnni", "avx512_bf16"),
            AVX512_FP16,
            and("avx512_vnni", "avx512_bf16", "avx_vnni", "avx512_fp16"));

    static final Set<String> OF_HOST = read(Path.of("/proc/cpuinfo"));

    private static List<String> and(String... more) {
      return Stream.concat(AVX512.stream(), Arrays.stream(more)).toList();
    }

    private static Set<String> read(Path file) {
      try (Stream<String> lines = Files.lines(file)) {
        return lines
            .filter(line -> line.startsWith("flags"))
            .findFirst()
            .map(line -> Set.of(line.substring(line.indexOf(':') + 1).strip().split("\\s+")))
            .orElse(Set.of());
      } catch (IOException | UncheckedIOException e) {
        return Set.of();
      }
    }
  }

  /** The best set that lies in both: hosts with either have it. */
  public Isa common(Isa other) {
    Isa best = AUTO;
    for (Isa isa : values()) {
      if ((isa.code & code & other.code) == isa.code) {
        best = isa;
      }
    }
    return best;
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
