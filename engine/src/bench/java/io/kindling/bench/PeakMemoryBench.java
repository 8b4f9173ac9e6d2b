package io.kindling.bench;

import io.kindling.device.MemoryPool;
import io.kindling.device.Scope;
import io.kindling.nn.Linear;
import io.kindling.nn.ReLU;
import io.kindling.nn.Sequential;
import io.kindling.nn.Tanh;
import io.kindling.tensor.GradMode;
import io.kindling.tensor.Tensors;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.ReLUImpl;
import org.bytedeco.pytorch.SequentialImpl;
import org.bytedeco.pytorch.TanhImpl;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The native memory that a chain of 24 layers with activations of 8 MiB takes at most: forward and
 * backward, and forward without gradients. libtorch's allocator on the CPU does not tell its peak,
 * so that both sides are measured by the operating system: by how much the process's resident
 * memory rises at most ({@code VmHWM} after a reset) over what it was before, in a process for each
 * figure, after a pass over one row that loads all code. For Kindling the peak of its pool stands
 * beside it.
 */
public final class PeakMemoryBench {
  private static final int DEPTH = 24;
  private static final int WIDTH = 256;
  private static final double MIB = 1 << 20;

  /** Rows of an activation of 8 MiB. */
  private static final int ROWS = (8 << 20) / (Float.BYTES * WIDTH);

  /** What is run; returns after a forward and, with gradients, a backward pass. */
  private interface Chain {
    void pass(int rows, boolean training);
  }

  private PeakMemoryBench() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length == 3) {
      measure(args[0].equals("Kindling") ? ours(args[1]) : theirs(args[1]), args[2]);
      return;
    }
    System.out.println("## Peak of native memory, " + DEPTH + " layers, activations of 8 MiB");
    System.out.println();
    System.out.println(Machine.description());
    System.out.println("| layers | pass | Kindling's pool | Kindling, resident | libtorch, resident |");
    System.out.println("|---|---|---|---|---|");
    for (String layers : new String[] {"linear-relu", "tanh"}) {
      for (String pass : new String[] {"training", "inference"}) {
        String[] ours = child("Kindling", layers, pass);
        String[] theirs = child("libtorch", layers, pass);
        System.out.printf(
            "| %s | %s | %s | %s | %s |%n", layers, pass, ours[0], ours[1], theirs[1]);
      }
    }
  }

  private static String[] child(String... args) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.addAll(List.of("-Xms256m", "-Xmx256m", "-cp", System.getProperty("java.class.path")));
    command.add(PeakMemoryBench.class.getName());
    command.addAll(List.of(args));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    // Each large block is mapped by itself, so that one that was freed is resident no more.
    builder.environment().put("MALLOC_MMAP_THRESHOLD_", "65536");
    Process process = builder.start();
    byte[] output = process.getInputStream().readAllBytes();
    String text = new String(output, StandardCharsets.UTF_8).trim();
    if (process.waitFor() != 0) {
      throw new IllegalStateException(String.join(" ", args) + " failed: " + text);
    }
    return text.substring(text.lastIndexOf('\n') + 1).split(" ");
  }

  private static void measure(Chain chain, String pass) throws IOException {
    boolean training = pass.equals("training");
    chain.pass(1, training);
    System.gc();
    MemoryPool pool = MemoryPool.host();
    pool.trim();
    pool.resetPeak();
    long inUse = pool.stats().inUse();
    Files.writeString(Path.of("/proc/self/clear_refs"), "5");
    long before = resident();
    chain.pass(ROWS, training);
    System.out.printf(
        Locale.ROOT, "%.1f %.1f%n", (pool.stats().peak() - inUse) / MIB, (resident() - before) / MIB);
  }

  /** The most that was resident since the last reset, in bytes. */
  private static long resident() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) << 10;
      }
    }
    throw new IllegalStateException("the benchmark needs Linux");
  }

  private static Chain ours(String layers) {
    Sequential net = new Sequential();
    for (int i = 0; i < DEPTH; i++) {
      net.append(
          layers.equals("tanh") ? new Tanh() : i % 2 == 0 ? new Linear(WIDTH, WIDTH) : new ReLU());
    }
    return (rows, training) -> {
      net.zeroGrad();
      try (Scope scope = Scope.open();
          GradMode.Guard guard = training ? null : Tensors.noGrad()) {
        io.kindling.tensor.Tensor x = Tensors.rand(rows, WIDTH).requiresGrad_(training);
        io.kindling.tensor.Tensor out = net.forward(x);
        if (training) {
          out.sum().backward();
        }
      }
    };
  }

  private static Chain theirs(String layers) {
    torch.set_num_threads(1);
    List<Module> kept = new ArrayList<>();
    SequentialImpl net = new SequentialImpl();
    for (int i = 0; i < DEPTH; i++) {
      if (layers.equals("tanh")) {
        TanhImpl layer = new TanhImpl();
        kept.add(layer);
        net.push_back(layer);
      } else if (i % 2 == 0) {
        LinearImpl layer = new LinearImpl(WIDTH, WIDTH);
        kept.add(layer);
        net.push_back(layer);
      } else {
        ReLUImpl layer = new ReLUImpl();
        kept.add(layer);
        net.push_back(layer);
      }
    }
    return (rows, training) -> {
      net.zero_grad(true);
      try (PointerScope scope = new PointerScope();
          NoGradGuard guard = training ? null : new NoGradGuard()) {
        Tensor x = torch.rand(rows, WIDTH).set_requires_grad(training);
        Tensor out = net.forward(x);
        if (training) {
          out.sum().backward();
        }
      }
      if (kept.size() != DEPTH) { // they own the layers' memory, and live as long as the chain
        throw new IllegalStateException();
      }
    };
  }
}
