package io.kindling.tensor;

import static io.kindling.tensor.Errors.assertError;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.core.AutogradException;
import io.kindling.core.DType;
import io.kindling.core.DeviceException;
import io.kindling.core.Layout;
import io.kindling.device.Device;
import io.kindling.device.Scope;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Devices")
class DeviceTest {
  private static final Device HERE = TestDevice.FIRST;
  private static final Device THERE = TestDevice.SECOND;

  @BeforeEach
  void install() {
    TestDevice.install();
  }

  @AfterEach
  void remove() {
    TestDevice.remove();
  }

  @Test
  @DisplayName("are read from PyTorch's text and printed so")
  void text() {
    assertEquals(Device.CPU, Device.of("cpu"));
    assertEquals(Device.CPU, Device.of("cpu:0"));
    assertEquals(Device.cuda(0), Device.of("cuda"));
    assertEquals(Device.cuda(3), Device.of("cuda:3"));
    assertEquals("cuda:3", Device.cuda(3).toString());
    assertEquals("cpu", Device.CPU.toString());
    for (String bad : List.of("", "cuda:", "cuda:01", "cuda:-1", "cuda 1", "CUDA", "cuda:1:2")) {
      assertError(
          DeviceException.class, "Invalid device string: '" + bad + "'", () -> Device.of(bad));
    }
    assertError(
        DeviceException.class,
        "Expected one of cpu, cuda device type at start of device string: gpu",
        () -> Device.of("gpu:0"));
    assertError(
        DeviceException.class,
        "CPU device index must be -1 or zero, got 1",
        () -> Device.of("cpu:1"));
    assertError(
        DeviceException.class,
        "CUDA device index must be non-negative, got -1",
        () -> Device.cuda(-1));
  }

  @Test
  @DisplayName("that are not there are an error that says which are")
  void missing() {
    assertFalse(Cuda.isAvailable());
    assertEquals(0, Cuda.deviceCount());
    String noCuda =
        "there is no device cuda:0: this build has no backend for cuda; available: cpu, test:0,"
            + " test:1";
    Tensor x = Tensors.ones(2);
    assertError(DeviceException.class, noCuda, x::cuda);
    assertError(DeviceException.class, noCuda, () -> x.to("cuda"));
    assertError(
        DeviceException.class, noCuda, () -> Tensors.zeros(DType.FLOAT32, Device.cuda(0), 2));
    assertError(DeviceException.class, noCuda, () -> Tensors.withDevice(Device.cuda(0)));
    assertError(
        DeviceException.class,
        "there is no device test:2: invalid device ordinal",
        () -> x.to(new Device("test", 2)));
  }

  @Test
  @DisplayName("take a tensor and give it back, in any type and layout")
  void transfer() {
    Tensor rows = Tensors.arange(24).view(2, 3, 4);
    for (Tensor x :
        new Tensor[] {rows, rows.transpose(0, 2), rows.get("1, ::2"), rows.get(0, 1, 2)}) {
      for (DType type : DType.values()) {
        Tensor there = x.to(type).to(HERE);
        assertEquals(HERE, there.device());
        assertEquals(type, there.dtype());
        assertTrue(there.cpu().equal(x.to(type)), type + "");
        assertTrue(there.to(THERE).cpu().equal(x.to(type)), type + "");
        assertArrayEquals(x.to(type).toDoubleArray(), there.toDoubleArray(), type + "");
      }
      assertTrue(x.to(HERE, DType.FLOAT64).to(Device.CPU, DType.INT64).equal(x));
    }
    Tensor turned = rows.permute(0, 2, 1).to(HERE);
    assertArrayEquals(new long[] {12, 1, 4}, turned.stride());
    assertSame(turned, turned.to(HERE));
    assertSame(rows, rows.cpu());
    assertTrue(Tensors.empty(DType.FLOAT32, HERE, 0, 3).cpu().equal(Tensors.empty(0, 3)));
  }

  @Test
  @DisplayName("have an address of their own, which the host may not read")
  void addresses() {
    Tensor x = Tensors.ones(DType.FLOAT32, HERE, 2);
    assertError(
        DeviceException.class,
        "a tensor on test:0 has no address in the memory of the host; call cpu() first",
        () -> x.strided().hostAddress());
  }

  @Test
  @DisplayName("of new tensors are the one named, the block's, or that of the tensor they are like")
  void factories() {
    assertEquals(Device.CPU, Tensors.empty(3).device());
    List<Tensor> named =
        List.of(
            Tensors.empty(DType.INT64, HERE, 2),
            Tensors.zeros(DType.INT64, HERE, 2),
            Tensors.ones(DType.INT64, HERE, 2),
            Tensors.full(7, DType.INT64, HERE, 2),
            Tensors.rand(DType.FLOAT32, HERE, 2),
            Tensors.randn(DType.FLOAT32, HERE, 2));
    named.forEach(t -> assertEquals(HERE, t.device()));
    Tensor x = Tensors.zeros(DType.FLOAT32, HERE, 2);
    try (DefaultDevice.Guard outer = Tensors.withDevice(THERE)) {
      assertEquals(THERE, Tensors.tensor(1.0, 2.0).device());
      assertEquals(THERE, Tensors.arange(3).device());
      assertEquals(THERE, Tensors.eye(3).device());
      assertEquals(THERE, Tensors.randperm(3).device());
      assertEquals(THERE, Tensors.randint(0, 3, 2).device());
      assertEquals(HERE, Tensors.zerosLike(x).device());
      assertEquals(HERE, Tensors.randnLike(x).device());
      assertEquals(HERE, x.newZeros(2).device());
      assertEquals(HERE, x.newFull(2, 2).device());
      try (DefaultDevice.Guard inner = Tensors.withDevice(Device.CPU)) {
        assertEquals(Device.CPU, Tensors.ones(1).device());
      }
      assertEquals(THERE, Tensors.ones(1).device());
    }
    assertEquals(Device.CPU, Tensors.ones(1).device());
  }

  @Test
  @DisplayName("are printed where they are not the CPU")
  void printing() {
    assertEquals("tensor([1., 1.], device='test:0')", Tensors.ones(2).to(HERE).toString());
    assertEquals("tensor([1, 2], device='test:1')", Tensors.tensor(1L, 2L).to(THERE).toString());
    Tensor x = Tensors.ones(2).requiresGrad_();
    assertEquals(
        "tensor([1., 1.], device='test:0', grad_fn=<ToCopyBackward0>)", x.to(HERE).toString());
  }

  @Test
  @DisplayName("do not mix in one operator, and the error names both")
  void mixed() {
    Tensor a = Tensors.ones(2, 2);
    Tensor b = a.to(HERE);
    Tensor row = Tensors.zeros(DType.INT64, 1, 2);
    List<Runnable> calls =
        List.of(
            () -> b.add(a),
            () -> b.add_(a),
            () -> b.mm(a),
            () -> b.matmul(a),
            () -> b.eq(a),
            () -> b.where(a.gt(0).to(HERE), a),
            () -> Tensors.cat(List.of(b, a), 0),
            () -> Tensors.out("add", b.clone_(), b, a),
            () -> b.gather(0, row),
            () -> b.scatter(0, row, a),
            () -> b.indexSelect(0, row.select(0, 0)),
            () -> Functional.mseLoss(b, a, Functional.Reduction.SUM),
            () -> Functional.linear(b, a, null),
            () -> Functional.linear(b, b, a.get(0)),
            () -> Functional.crossEntropy(b, row.select(0, 0)));
    for (int i = 0; i < calls.size(); i++) {
      int n = i;
      assertError(
          DeviceException.class,
          "Expected all tensors to be on the same device, but found at least two devices, test:0"
              + " and cpu!",
          () -> {
            calls.get(n).run();
            throw new AssertionError("call " + n + " mixes devices");
          });
    }
    assertError(DeviceException.class, "at least two devices, cpu and test:0!", () -> a.add_(b));
    assertError(DeviceException.class, "test:0 and test:1", () -> b.add(b.to(THERE)));
  }

  @Test
  @DisplayName("take numbers and 0-D tensors of the CPU, as in PyTorch")
  void hostScalars() {
    Tensor x = Tensors.tensor(1.0, 2.0).to(HERE).requiresGrad_();
    Tensor factor = Tensors.tensor(3.0).requiresGrad_();
    Tensor y = factor.mul(x).add(1).rsub(10);
    assertEquals(HERE, y.device());
    assertArrayEquals(new double[] {6, 3}, y.toDoubleArray());
    y.sum().backward();
    assertEquals(Device.CPU, grad(factor).device());
    assertEquals(-3, grad(factor).item());
    assertEquals(HERE, grad(x).device());
    assertEquals(DType.INT64, x.detach().toLong().add(Tensors.tensor(1L)).dtype());
    assertError(
        DeviceException.class,
        "test:0 and cpu!",
        () -> Tensors.tensor(1.0).add_(x.detach().get(0)));
  }

  private static Tensor grad(Tensor x) {
    return Objects.requireNonNull(x.grad());
  }

  @Test
  @DisplayName("are crossed by copies and assignments, and by their gradients")
  void crossing() {
    Tensor x = Tensors.tensor(1.0, 2.0, 3.0).requiresGrad_();
    x.to(HERE).mul(2).to(THERE).mul(x.to(THERE)).cpu().sum().backward();
    assertEquals(Device.CPU, grad(x).device());
    assertArrayEquals(new double[] {4, 8, 12}, grad(x).toDoubleArray());

    Tensor y = Tensors.ones(2).requiresGrad_();
    Tensor target = Tensors.zeros(DType.FLOAT32, HERE, 3, 2);
    target.copy_(y);
    target.sum().backward();
    assertEquals(Device.CPU, grad(y).device());
    assertArrayEquals(new double[] {3, 3}, grad(y).toDoubleArray());

    Tensor z = Tensors.zeros(DType.FLOAT32, HERE, 4);
    z.set("1:3", Tensors.tensor(5.0, 6.0));
    z.set(Tensors.tensor(true, false, false, false), 7);
    z.set(Tensors.tensor(3L), Tensors.tensor(8.0));
    assertArrayEquals(new double[] {7, 5, 6, 8}, z.toDoubleArray());
    assertArrayEquals(new double[] {8, 7}, z.get(Tensors.tensor(3L, 0L)).toDoubleArray());
    assertEquals(HERE, z.nonzero().device());
    z.copyFrom(new float[] {1, 2, 3, 4}, 0);
    assertArrayEquals(new float[] {1, 2, 3, 4}, z.toFloatArray());
  }

  @Test
  @DisplayName("of a gradient are its tensor's")
  void gradients() {
    Tensor x = Tensors.ones(2).to(HERE).requiresGrad_();
    assertError(
        AutogradException.class,
        "assigned grad has data located on a different device: cpu for a tensor on test:0",
        () -> x.setGrad(Tensors.ones(2)));
    assertError(
        AutogradException.class,
        "expected device test:0 but got cpu",
        () -> x.mul(2).backward(Tensors.ones(2)));
  }

  @Test
  @DisplayName("get their memory back from a scope")
  void memory() {
    long before = TestDevice.inUse();
    try (Scope scope = Scope.open()) {
      Tensor x = Tensors.ones(DType.FLOAT32, HERE, 100).requiresGrad_();
      x.mul(x).sum().backward();
      assertTrue(TestDevice.inUse() >= before + 1200);
    }
    assertEquals(before, TestDevice.inUse());
  }

  @Test
  @DisplayName("keep channels-last in a transfer")
  void channelsLast() {
    Tensor x = Tensors.randn(2, 3, 4, 5).contiguous();
    Tensor last = ViewOps.channelsLast(x).to(HERE);
    assertTrue(last.layout().sameGeometry(Layout.channelsLast(2, 3, 4, 5)));
    assertTrue(last.cpu().equal(x));
  }
}
