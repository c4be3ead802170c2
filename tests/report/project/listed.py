from behave.formatter.base import Formatter


class Listed(Formatter):
    """Asks each feature for its scenarios, as Allure's formatter does."""

    name = "listed"

    def feature(self, feature):
        self.stream = self.open()
        for item in feature.scenarios:
            for scenario in getattr(item, "scenarios", [item]):
                self.stream.write(f"{scenario.name}\n")
