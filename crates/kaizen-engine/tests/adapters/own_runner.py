# A runner whose result class calls no parent: the reporter must see it all the same.
import sys
import unittest


class Result(unittest.TestResult):
    def startTest(self, test):
        pass

    def stopTest(self, test):
        pass

    def addSuccess(self, test):
        pass

    def addFailure(self, test, err):
        self.failures.append((test, ""))


result = Result()
unittest.defaultTestLoader.loadTestsFromName("tests.test_it")(result)
sys.exit(len(result.failures))
