package io.kindling.train;

import io.kindling.conf.ConfigException;
import io.kindling.conf.RunConfig;
import io.kindling.core.KindlingException;
import io.kindling.core.ShapeException;
import io.kindling.core.Shapes;
import io.kindling.device.Scope;
import io.kindling.nn.LayerException;
import io.kindling.nn.Module;
import io.kindling.replica.ReplicaSpec;
import io.kindling.tensor.GradMode;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;

/** Whether the model and the data fit, tried on the driver with one example of zeros. */
final class Preflight {
  private Preflight() {}

  /**
   * Runs the model once.
   *
   * @throws ConfigException naming the layer and the shapes
   */
  static void check(Module model, ReplicaSpec spec, RunConfig config) {
    long[] shape = spec.inputs().batchShape(1);
    try (Scope scope = Scope.open();
        GradMode.Guard noGrad = Tensors.noGrad()) {
      Tensor output = model.eval().call(Tensors.zeros(shape));
      spec.checkOutput(output, 1);
    } catch (LayerException | ShapeException e) {
      throw misfit(e, spec, config);
    } finally {
      model.train();
    }
  }

  private static ConfigException misfit(KindlingException e, ReplicaSpec spec, RunConfig config) {
    ConfigException failure =
        new ConfigException(
            "model",
            String.format(
                "the model %s does not fit the data, whose examples have the shape %s (data.shape),"
                    + " tried with one, %s: %s",
                config.model().className(),
                spec.inputs().shape(),
                Shapes.text(spec.inputs().batchShape(1)),
                e.getMessage()));
    failure.initCause(e);
    return failure;
  }
}
